import { expect, test } from 'vitest';
import { manualClock } from '#adapters/memory/clock.ts';
import { memoryJobStore } from '#adapters/memory/job-store.ts';
import { Failure } from '#core/failures.ts';
import type { JobRecord } from '#core/job/state.ts';
import { updateJob } from '#core/usecases/update-job.ts';
import { aJob, at, jobId } from '#test/support/records.ts';

const stage = () => {
  const clock = manualClock();
  clock.advance(5000);
  return { jobs: memoryJobStore([aJob()]), clock };
};
const started = (job: JobRecord): JobRecord => ({ ...job, attempt: job.attempt + 1 });

test('writers at the same time each see what the others wrote', async () => {
  const deps = stage();
  await Promise.all([1, 2, 3, 4].map(() => updateJob(deps, jobId(1), started)));
  expect(await deps.jobs.get(jobId(1))).toMatchObject({ attempt: 4, version: 5, updatedAt: at(5) });
});

test('a change that changes nothing writes nothing', async () => {
  const deps = stage();
  expect(await updateJob(deps, jobId(1), (job) => job)).toMatchObject({ version: 1, updatedAt: at(0) });
});

test('it gives up when the store refuses again and again', async () => {
  const deps = stage();
  let asked = 0;
  const illegal = updateJob(deps, jobId(1), (job) => {
    asked += 1;
    return { ...job, status: 'succeeded' };
  });
  await expect(illegal).rejects.toMatchObject({ code: 'conflict.state' });
  expect(asked).toBe(6);
});

test('what the change refuses is not tried again', async () => {
  let asked = 0;
  const refused = updateJob(stage(), jobId(1), () => {
    asked += 1;
    throw new Failure('conflict.state');
  });
  await expect(refused).rejects.toMatchObject({ code: 'conflict.state' });
  expect(asked).toBe(1);
  await expect(updateJob(stage(), jobId(2), started)).rejects.toMatchObject({ code: 'not_found' });
});
