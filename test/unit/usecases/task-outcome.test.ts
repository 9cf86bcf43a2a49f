import { expect, test } from 'vitest';
import { memoryJobStore } from '#adapters/memory/job-store.ts';
import type { TaskRecord } from '#core/job/state.ts';
import { taskOutcome } from '#core/usecases/task-outcome.ts';
import { aClaim, aJob, aJobError, aResult, aTaskRecord, at, jobId } from '#test/support/records.ts';

const outcomeOf = (record: Partial<TaskRecord>) => {
  const jobs = memoryJobStore([aJob({ status: 'running', attempt: 1 })], [aTaskRecord(record)]);
  return taskOutcome({ jobs }, { jobId: jobId(1), attempt: 1, taskId: 'encode-1' });
};

test('a task that has succeeded has nothing to tell', async () => {
  await expect(outcomeOf({ state: 'succeeded', endedAt: at(1), result: aResult() })).resolves.toEqual({});
});

test('a task that has failed fails by its own name and words', async () => {
  const error = aJobError({ code: 'encode.failed', message: 'FFmpeg said no.' });
  await expect(outcomeOf({ state: 'failed', claim: aClaim(), error })).rejects.toMatchObject({
    name: 'encode.failed',
    message: 'FFmpeg said no.',
  });
});

test.each([
  ['has not ended', { state: 'running', claim: aClaim() }],
  ['failed in an earlier attempt only', { state: 'failed', claim: aClaim({ attempt: 2 }), error: aJobError() }],
  ['was never begun', {}],
] as const)('a container that left a task which %s is told apart', async (_, record) => {
  await expect(outcomeOf(record)).rejects.toMatchObject({ name: 'conflict.state' });
});
