/** Every file of the corpus through the whole runner: fetched, admitted, encoded, checked. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Probe } from '#core/media/probe.ts';
import { copyFromCorpus, corpus, hasCorpus, skipReason } from '#test/support/corpus.ts';
import { encodeTask, startRunner, type TestRunner } from '#test/support/runner.ts';

let runner: TestRunner;
beforeEach(async () => {
  runner = await startRunner();
});
afterEach(() => runner.close());

/** What a planner would ask for: the first tracks, even sides, and the length of the tracks that are mapped. */
const taskFor = (probe: Probe) => {
  const [video, audio] = [probe.video[0], probe.audio[0]];
  const seconds = Math.max(video?.durationSeconds ?? 0, audio?.durationSeconds ?? 0) || probe.durationSeconds;
  return encodeTask(
    [
      ...(video ? ['-map', `0:${video.index}`, '-vf', 'scale=w=trunc(min(320\\,iw)/2)*2:h=-2', '-fpsmax', '60'] : []),
      ...(audio ? ['-map', `0:${audio.index}`, '-c:a', 'aac', '-ac', '2', '-ar', '48000'] : []),
      ...['-map_metadata', '-1', '-map_chapters', '-1', '-sn', '-dn'],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-f', 'mp4'],
    ],
    { expects: { durationSeconds: seconds ?? 0, minFrames: video ? 1 : 0 } },
  );
};

const runFile = async (entry: { kind: 'valid' | 'malformed'; file: string }): Promise<void> => {
  const file = join(runner.root, 'file');
  copyFromCorpus(entry, file);
  await runner.upload(file);
  await runner.run('input-video');
  const probe = (await runner.record('input-video')).result?.input?.probe;
  if (!probe) throw new Error('a fetched input has a probe');
  await runner.save(taskFor(probe));
  await runner.run('encode-1');
};

describe.skipIf(!hasCorpus)(`the corpus${hasCorpus ? '' : `: ${skipReason}`}`, () => {
  test.for(corpus.filter(({ expect }) => expect.startsWith('complete')))(
    '$file completes: $exercises',
    async (entry) => {
      await runFile(entry);
      const { state, result } = await runner.record('encode-1');
      expect(state).toBe('succeeded');
      expect(await runner.stored()).toHaveLength(1);
      if (entry.kind === 'malformed') expect(result?.warnings.join()).toMatch(/decode errors/);
    },
  );

  test.for(corpus.filter(({ expect }) => expect.startsWith('reject')))(
    '$file is refused: $exercises',
    async (entry) => {
      await expect(runFile(entry)).rejects.toMatchObject({
        name: expect.stringMatching(/^input\.(not_media|corrupt)$/),
      });
      expect(await runner.stored()).toEqual([]);
    },
  );

  const probed = async (file: string): Promise<Probe | undefined> => {
    copyFromCorpus({ kind: 'valid', file }, join(runner.root, 'file'));
    await runner.upload(join(runner.root, 'file'));
    await runner.run('input-video');
    return (await runner.record('input-video')).result?.input?.probe;
  };

  test('sizes are those that a viewer sees: turned, mirrored and stretched', async () => {
    expect(await probed('streamio-ffmpeg__ios9.mov')).toMatchObject({
      video: [{ width: 720, height: 1280, codedWidth: 1280, codedHeight: 720, rotation: 90 }],
      notes: ['rotation 90° applied', 'GPS position removed from outputs'],
    });
    await runner.close();
    runner = await startRunner();
    const mirrored = await probed('media__sample_rotate_and_reflect.mp4');
    expect(mirrored?.notes).toContain('mirrored picture');
    await runner.close();
    runner = await startRunner();
    expect(await probed('file-type__fixture.3gp')).toMatchObject({ video: [{ width: 504, height: 288 }] });
  });

  test('high dynamic range is told apart', async () => {
    expect(await probed('media__hlg10-color-test.mp4')).toMatchObject({ video: [{ transfer: 'hlg' }] });
    await runner.close();
    runner = await startRunner();
    const hdr = await probed('media__hdr10-av1.mp4');
    expect(hdr).toMatchObject({ video: [{ transfer: 'pq' }], notes: ['HDR (PQ)'] });
  });
});
