import { expect, test } from 'vitest';
import { memoryJobStore } from '#adapters/memory/job-store.ts';
import { memoryUploadStore } from '#adapters/memory/upload-store.ts';
import type { JobRecord, UploadRecord } from '#core/job/state.ts';
import { keepingJobs } from '#core/usecases/keep-uploads.ts';
import { aJob, anUpload, aSpec, at, jobId, uploadId } from '#test/support/records.ts';

const complete = (overrides: Partial<UploadRecord> = {}): UploadRecord =>
  anUpload({ state: 'complete', object: { key: anUpload().key, etag: 'e', bytes: 4 }, ...overrides });

const reading = (inputs: number | undefined, overrides: Partial<JobRecord> = {}): JobRecord =>
  aJob({
    status: 'running',
    attempt: 1,
    startedAt: at(0),
    spec: aSpec({
      inputs: { video: { upload: uploadId(1) }, again: { upload: uploadId(1) } },
      ...(inputs === undefined ? {} : { keep: { inputs } }),
    }),
    ...overrides,
  });

const stage = (jobs: readonly JobRecord[], upload: UploadRecord = complete()) => {
  const uploads = memoryUploadStore([upload]);
  const kept = async (): Promise<string | null | undefined> => (await uploads.get(uploadId(1)))?.keptUntil;
  return { jobs: keepingJobs(memoryJobStore(jobs), uploads), kept };
};

test('the end of a job says until when its uploads are kept, whatever the end is', async () => {
  for (const status of ['succeeded', 'failed', 'canceled'] as const) {
    const job = reading(60);
    const { jobs, kept } = stage([job]);
    await jobs.update({ ...job, updatedAt: at(5) });
    expect(await kept()).toBeNull();
    await jobs.update({ ...job, version: 2, status, endedAt: at(10) });
    expect(await kept()).toBe(at(70));
  }
});

test('a job that does not say leaves them as they are', async () => {
  const job = reading(undefined);
  const { jobs, kept } = stage([job]);
  await jobs.update({ ...job, status: 'succeeded', endedAt: at(10) });
  expect(await kept()).toBeNull();
});

test('an upload stays for the job that keeps it longest', async () => {
  const [long, short] = [reading(600), reading(60, { id: jobId(2) })];
  const { jobs, kept } = stage([long, short]);
  await jobs.update({ ...long, status: 'succeeded', endedAt: at(10) });
  await jobs.update({ ...short, status: 'succeeded', endedAt: at(20) });
  expect(await kept()).toBe(at(610));
});

test('a job that ends when it is stored says it as well', async () => {
  const { jobs, kept } = stage([]);
  await jobs.create(reading(0, { status: 'succeeded', endedAt: at(3) }));
  expect(await kept()).toBe(at(3));
});

test('the upload of somebody else, or one that never came, is not touched', async () => {
  for (const upload of [complete({ owner: 'ben' }), anUpload()]) {
    const job = reading(60);
    const { jobs, kept } = stage([job], upload);
    await jobs.update({ ...job, status: 'failed', endedAt: at(10) });
    expect(await kept()).toBeNull();
  }
});
