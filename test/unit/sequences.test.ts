import { describe, expect, test } from 'vitest';
import { Failure } from '#core/failures.ts';
import { planOf, printPlan, writesOf } from '#test/support/plans.ts';
import { aPictureProbe, aProbe, aVideoTrack, anAudioTrack } from '#test/support/probes.ts';

const golden = (name: string): string => `../golden/plans/${name}.txt`;
const clip = (seconds: number, track: object = {}) =>
  aProbe({
    durationSeconds: seconds,
    video: [aVideoTrack({ durationSeconds: seconds, ...track })],
    audio: [anAudioTrack({ durationSeconds: seconds })],
  });
const sound = (seconds: number) =>
  aProbe({ durationSeconds: seconds, video: [], audio: [anAudioTrack({ index: 0, durationSeconds: seconds })] });
const probes = {
  a1: clip(4),
  a2: clip(5, { width: 1080, height: 1920, fps: { num: 25, den: 1 } }),
  b1: clip(3, { fps: { num: 24_000, den: 1001 } }),
  music: sound(60),
  voice: sound(4),
  logo: aPictureProbe(),
};
const film = (more: object = {}) => ({ type: 'video', size: { width: 1280, height: 720 }, fps: 30, ...more });
const matrix = { axes: { one: ['a1', 'a2'], two: ['b1'] } };
const from = { concat: ['$one', '$two'] };
const idsOf = (outputs: Record<string, unknown>, rest: Record<string, unknown> = {}): string[] =>
  planOf(outputs, probes, { rest }).tasks.map(({ id }) => id.replace(/-[0-9a-f]{16}$/, ''));

describe('golden plans', () => {
  test('variants of clips that are encoded once', async () => {
    const audio = [
      { from: 'music', gain: 0.2, duckUnder: 'voice' },
      { name: 'voice', from: 'voice', start: 1 },
    ];
    const made = planOf({ ad: film({ from, audio }) }, probes, { rest: { matrix } });
    await expect(printPlan(made)).toMatchFileSnapshot(golden('variants'));
  });

  test('one film of two clips that blend, with a picture of it', async () => {
    const blended = { concat: ['a1', 'a2'], transition: { type: 'dissolve', seconds: 1 } };
    const made = planOf({ film: { type: 'video', from: blended }, gif: { type: 'preview', from: blended } }, probes);
    await expect(printPlan(made)).toMatchFileSnapshot(golden('sequence'));
  });
});

describe('which films are joined', () => {
  const joined = ['make-part', 'make-part', 'make-part', 'make-ad-1', 'make-ad-2'];
  const whole = ['make-ad-1', 'make-ad-2'];
  const overlay = { overlay: { image: 'logo' } };

  test.each([
    ['of H.264', film(), joined],
    ['of HEVC', film({ encode: 'hevc' }), joined],
    ['of VP9', film({ encode: 'webm' }), whole],
    ['with a watermark', film({ edit: [overlay] }), joined],
    ['with a badge for a second', film({ edit: [{ overlay: { image: 'logo', end: 1 } }] }), whole],
    ['under a film', film({ edit: [{ overlay: { image: 'b1' } }] }), whole],
    ['that fade', film({ edit: [{ fade: { in: 1 } }] }), whole],
    ['of which a part is wanted', film({ end: 5 }), whole],
    ['with a cap on their bitrate', film({ encode: { preset: 'mp4', maxBitrate: '1M' } }), whole],
    ['that blend', film({ from: { concat: ['$one', '$two'], transition: { type: 'fade', seconds: 1 } } }), whole],
  ])('films %s', (_, output, ids) => {
    const made = idsOf({ ad: { from, ...output } }, { matrix });
    expect(made.toSorted()).toEqual([...ids].toSorted());
  });

  test('a film of clips that nothing else uses is made in one go', () => {
    expect(idsOf({ ad: film({ from: { concat: ['a1', 'b1'] } }) })).toEqual(['make-ad']);
  });

  test('a film that repeats a clip encodes it once', () => {
    expect(idsOf({ ad: film({ from: { concat: ['a1', 'b1', 'a1'] } }) })).toEqual([
      'make-part',
      'make-part',
      'make-ad',
    ]);
  });

  test('parts are listed as the output of nobody, and come first', () => {
    const made = planOf({ ad: film({ from }) }, probes, { rest: { matrix } });
    expect(made.stages.map((stage) => stage.length)).toEqual([3, 2]);
    expect(
      made.tasks
        .filter(({ id }) => id.startsWith('make-ad'))
        .flatMap((task) => (task.kind === 'make' ? task.writes : []))
        .map(({ output }) => output),
    ).toEqual(['ad-1', 'ad-2']);
  });
});

describe('the common frame and rate', () => {
  const shapeOf = (output: Record<string, unknown>) => {
    const made = planOf({ out: { type: 'video', ...output } }, probes);
    return { ...writesOf(made)[0]?.expects.video, rate: /fps=([\d/]+):start_time=0/.exec(printPlan(made))?.[1] };
  };
  test.each([
    [['a1', 'a2'], {}, { width: 1280, height: 720, rate: '30/1' }],
    [['a2', 'b1'], {}, { width: 1080, height: 1920, rate: '25/1' }],
    [['b1', 'b1'], {}, { rate: '24000/1001' }],
    [['a1', 'a2'], { fps: 12 }, { rate: '12/1' }],
    [['a1', 'a2'], { size: { shortSide: 360 } }, { width: 640, height: 360 }],
    [['a1', 'a2'], { size: { width: 400, height: 400 } }, { width: 400, height: 400 }],
  ])('of %j with %j', (concat, output, shape) => {
    expect(shapeOf({ from: { concat }, ...output })).toMatchObject(shape);
  });

  test('all pictures are counted', () => {
    const made = planOf(
      { out: { type: 'video', from: { concat: ['a1', { clip: 'a2', start: 1, end: 1.51 }] } } },
      probes,
    );
    expect(writesOf(made)[0]?.expects.minFrames).toBe(120 + 15);
  });
});

test('a clip that is cut only at its end is not played whole', () => {
  const text = printPlan(planOf({ out: { type: 'audio', from: { clip: 'music', end: 5 } } }, probes));
  expect(text).toContain('-t 5');
});

describe('what cannot be', () => {
  test.each([
    [{ from: { concat: ['a1', 'music'] } }, 'input.no_video_stream', '"music" has no picture'],
    [{ from: { concat: ['a1', 'logo'] } }, 'spec.invalid', '{"clip":"logo","end":3}'],
    [{ from: { clip: 'a1', start: 3, end: 2 } }, 'spec.invalid', '"end" (2 s) must lie after'],
    [
      { from: { concat: ['a1', 'a2', 'b1'], transition: { type: 'fade', seconds: 3 } } },
      'spec.invalid',
      'around "a2" take 6 s',
    ],
    [{ from: 'a1', audio: [{ from: 'logo' }] }, 'input.no_audio_stream', '"logo" has no sound'],
  ])('%j', (output, code, message) => {
    const failure = (() => {
      try {
        planOf({ out: { type: 'video', ...output } }, probes);
      } catch (error) {
        return error;
      }
      return undefined;
    })();
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({ code, message: expect.stringContaining(message), facts: { output: 'out' } });
  });
});

test('of two hundred variants each clip is encoded once', { timeout: 60_000 }, () => {
  const many = Array.from({ length: 20 }, (_, n) => ({ clip: 'a1', end: 1 + n / 10 }));
  const others = Array.from({ length: 10 }, (_, n) => ({ clip: 'a2', end: 1 + n / 10 }));
  const made = planOf({ ad: film({ from }), poster: { type: 'image', from: 'ad' } }, probes, {
    rest: { matrix: { axes: { one: many, two: others } }, limits: { maxVariants: 200 } },
  });
  expect(made.stages.map((stage) => stage.length)).toEqual([20 + 10, 200, 200]);
});
