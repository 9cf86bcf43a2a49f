/** What the runner finds out of files of the corpus. test/e2e/cases/corpus.ts takes every one of them through whole jobs. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Probe } from '#core/media/probe.ts';
import { copyFromCorpus, hasCorpus, skipReason } from '#test/support/corpus.ts';
import { startRunner, type TestRunner } from '#test/support/runner.ts';

let runner: TestRunner;
beforeEach(async () => {
  runner = await startRunner();
});
afterEach(() => runner.close());

describe.skipIf(!hasCorpus)(`the corpus${hasCorpus ? '' : `: ${skipReason}`}`, () => {
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
