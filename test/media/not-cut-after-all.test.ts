import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endsCutting } from '#core/job/cut-failure.ts';
import type { Probe } from '#core/media/probe.ts';
import { lying, makeLyingFilm } from '#test/support/lying-film.ts';
import { numbersIn } from '#test/support/numbered-sources.ts';
import { makePieces } from '#test/support/pieces.ts';
import { planOf } from '#test/support/plans.ts';
import { jobId } from '#test/support/records.ts';
import { startRunner, type TestRunner } from '#test/support/runner.ts';

let runner: TestRunner;
beforeAll(async () => {
  runner = await startRunner();
});
afterAll(() => runner.close());

test('a piece that would start with no key picture fails, and the film is whole when it is made in one', async () => {
  const file = join(runner.root, 'film.mp4');
  await makeLyingFilm(file);
  await expect(makePieces(runner, file)).rejects.toMatchObject({
    name: 'encode.verify_failed',
    message: 'What the source lists as a key picture is none.',
  });
  const failed = (await runner.deps.jobs.tasks(jobId(1))).filter(({ state }) => state === 'failed');
  expect(failed.map(endsCutting)).toEqual([true]);

  const input = (await runner.record('input-video')).result?.input;
  const probes: Record<string, Probe> = input ? { video: input.probe } : {};
  const made = planOf({ out: { type: 'video', encode: { preset: 'mp4', speed: 'ultrafast' } } }, probes);
  await runner.save(...made.tasks);
  await runner.run('make-out');
  const [stored] = (await runner.record('make-out')).result?.outputs?.['out']?.files ?? [];
  const whole = join(runner.root, 'whole.mp4');
  await runner.deps.objects.download({ key: stored?.key ?? '' }, whole);
  const everyPicture = Array.from({ length: lying.rate * lying.seconds }, (_, n) => n);
  expect(await numbersIn(whole, lying.square)).toEqual(everyPicture);
});
