import { describe, expect, test } from 'vitest';
import { editDefinitions } from '#core/edits/index.ts';
import type { Probe } from '#core/media/probe.ts';
import { outputDefinitions } from '#core/outputs/index.ts';
import { aCaptionProbe, aPictureProbe, aProbe, aVideoTrack, anAudioTrack } from '#test/support/probes.ts';
import { planOf, printPlan, workOf, writesOf } from '#test/support/plans.ts';

const golden = (name: string): string => `../golden/plans/${name}.txt`;

describe('golden plans', () => {
  test('three renditions, a watermark, sound and a thumbnail of one source are one process', async () => {
    const made = planOf(
      {
        p720: { type: 'video', from: 'video' },
        p480: { type: 'video', from: 'video', size: { shortSide: 480 } },
        p240: { type: 'video', from: 'video', size: { shortSide: 240 } },
        marked: {
          type: 'video',
          from: 'video',
          edit: [{ overlay: { image: 'logo', x: 10, y: 10, width: 100, height: 100 } }],
        },
        sound: { type: 'audio', from: 'video' },
        thumbnail: { type: 'image', from: 'video', at: '10s', size: { width: 320 } },
      },
      { video: aProbe(), logo: aPictureProbe() },
    );
    expect(made.tasks).toHaveLength(1);
    await expect(printPlan(made)).toMatchFileSnapshot(golden('one-decode'));
  });

  for (const definition of outputDefinitions) {
    for (const [n, { title, output }] of definition.examples.entries()) {
      test(`${definition.type}: ${title}`, async () => {
        const source: Record<string, Probe> =
          output.from === 'subtitles' ? { subtitles: aCaptionProbe() } : { video: aProbe() };
        const made = planOf({ out: output }, source);
        await expect(printPlan(made)).toMatchFileSnapshot(golden(`${definition.type}-${n + 1}`));
      });
    }
  }

  for (const definition of editDefinitions) {
    for (const [n, { title, edit }] of definition.examples.entries()) {
      test(`${definition.kind}: ${title}`, async () => {
        const made = planOf(
          { out: { type: 'video', from: 'video', edit: [{ [definition.kind]: edit }] } },
          { video: aProbe(), logo: aPictureProbe(), subtitles: aCaptionProbe() },
        );
        await expect(printPlan(made)).toMatchFileSnapshot(golden(`edit-${definition.kind}-${n + 1}`));
      });
    }
  }
});

describe('what is made together', () => {
  test('outputs of different windows are made apart', () => {
    const made = planOf({ whole: 'mp4', part: { type: 'video', start: 1, end: 3 } }, { video: aProbe() });
    expect(made.tasks.map(({ label }) => label)).toEqual(['whole', 'part']);
    expect(made.stages).toEqual([['make-whole', 'make-part']]);
  });

  test('an output of an output is made in a later stage and reads its file', () => {
    const made = planOf(
      { small: { type: 'video', size: { width: 320 } }, poster: { type: 'image', from: 'small' } },
      {
        video: aProbe(),
      },
    );
    expect(made.stages).toEqual([['make-small'], ['make-poster']]);
    expect(workOf(made, 1)?.reads).toEqual([{ file: 'in0', from: { output: 'small', file: 'small.mp4' } }]);
    expect(writesOf(made, 1)[0]?.expects.video).toMatchObject({ width: 320, height: 180 });
  });

  test('a picture that is made of the same source and then laid over it waits for its own stage', () => {
    const made = planOf(
      { thumb: 'thumb', marked: { type: 'video', edit: [{ overlay: { image: 'thumb' } }] } },
      { video: aProbe() },
    );
    expect(made.stages).toEqual([['make-thumb'], ['make-marked']]);
  });

  test('thumbnails alone are reached by seeking, one short process each', () => {
    const made = planOf(
      { early: { type: 'image', at: 60 }, late: { type: 'image', at: 3000 } },
      { video: aProbe({ durationSeconds: 3600, video: [aVideoTrack({ durationSeconds: 3600 })], audio: [] }) },
    );
    const seeks = workOf(made)?.commands.map(({ arguments: list }) => list[list.indexOf('-ss') + 1]);
    expect(seeks).toEqual(['50', '2990']);
  });
});

describe('sizes and rates', () => {
  const sizeOf = (size: unknown, track: Parameters<typeof aVideoTrack>[0]) =>
    writesOf(planOf({ out: { type: 'video', size } }, { video: aProbe({ video: [aVideoTrack(track)] }) }))[0]?.expects
      .video;

  test.each([
    ['portrait by its short side', { shortSide: 360 }, { width: 720, height: 1280 }, { width: 360, height: 640 }],
    ['never enlarged', { shortSide: 2160 }, { width: 1280, height: 720 }, { width: 1280, height: 720 }],
    ['enlarged when asked', { width: 640, upscale: true }, { width: 320, height: 180 }, { width: 640, height: 360 }],
    ['odd becomes even', {}, { width: 559, height: 443 }, { width: 558, height: 442 }],
    ['covered', { width: 200, height: 200, fit: 'cover' }, { width: 1280, height: 720 }, { width: 200, height: 200 }],
    ['padded', { width: 400, height: 400, fit: 'pad' }, { width: 1280, height: 720 }, { width: 400, height: 400 }],
    ['one-pixel strips', { width: 16 }, { width: 1280, height: 2 }, { width: 16, height: 2 }],
  ])('%s', (_, size, source, expected) => {
    expect(sizeOf(size, source)).toMatchObject(expected);
  });

  test.each([
    ['a phone that means 30', { num: 21_000, den: 701 }, 'fps=30000/1001'],
    ['a container that claims 1000', { num: 1000, den: 1 }, 'fps=60'],
    ['a slide show', { num: 1, den: 2 }, 'fps=1/2'],
  ])('%s', (_, fps, filter) => {
    const made = planOf({ out: 'mp4' }, { video: aProbe({ video: [aVideoTrack({ fps })] }) });
    expect(printPlan(made)).toContain(`${filter}[`);
  });

  test('HDR is mapped to SDR, never passed on washed out', () => {
    const made = planOf({ out: 'mp4' }, { video: aProbe({ video: [aVideoTrack({ transfer: 'hlg' })] }) });
    expect(printPlan(made)).toContain('tonemap=tonemap=hable');
  });
});

describe('sound', () => {
  test('a stream that has the codec already is copied into an audio output', () => {
    const made = planOf({ out: 'm4a' }, { video: aProbe() });
    expect(workOf(made)?.commands[0]?.arguments).toEqual(expect.arrayContaining(['-c:a', 'copy']));
    expect(made.warnings).toEqual(['out: sound is stream-copied']);
  });

  test('five channels are mixed to two', () => {
    const probe = aProbe({ audio: [anAudioTrack({ channels: 6, codec: 'ac3' })] });
    expect(writesOf(planOf({ out: 'mp4' }, { video: probe }))[0]?.expects.audio).toEqual({
      codec: 'aac',
      channels: 2,
    });
  });

  test('a silent clip makes a silent video and no mp3', () => {
    const silent = { video: aProbe({ audio: [] }) };
    expect(writesOf(planOf({ out: 'mp4' }, silent))[0]?.expects.audio).toBeNull();
    expect(() => planOf({ out: 'mp3' }, silent)).toThrow(
      expect.objectContaining({ code: 'input.no_audio_stream', facts: expect.objectContaining({ output: 'out' }) }),
    );
  });

  test('`when` skips an output and what is made of it, with the reason', () => {
    const made = planOf(
      { out: 'mp4', sound: { type: 'audio', from: 'video', when: 'hasAudio' }, meta: { type: 'copy', from: 'sound' } },
      { video: aProbe({ audio: [] }) },
    );
    expect(made.skipped).toEqual({ sound: '"video" has no sound', meta: 'what it is made from is skipped' });
  });
});

describe('plans as data', () => {
  test('the same job and probes give the same hash, another size another one', () => {
    const hash = (width: number) => planOf({ out: { type: 'video', size: { width } } }, { video: aProbe() }).hash;
    expect(hash(320)).toBe(hash(320));
    expect(hash(320)).not.toBe(hash(322));
  });

  test.each([
    ['starts beyond the end', { start: 20 }, /beyond the end/],
    ['ends before it starts', { start: 5, end: 2 }, /after "start"/],
  ])('a window that %s is refused', (_, window, message) => {
    expect(() => planOf({ out: { type: 'video', ...window } }, { video: aProbe() })).toThrow(message);
  });
});
