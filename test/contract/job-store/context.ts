/** What the parts of the job store contract share: a store that is open while they run, and jobs in it. */
import { afterAll, beforeAll } from 'vitest';
import type { Claim, JobRecord } from '#core/job/state.ts';
import type { JobStore } from '#core/ports/job-store.ts';
import { aClaim, aJob, aTask, at, jobId } from '#test/support/records.ts';

export type OpenJobStore = () => Promise<{ readonly jobs: JobStore; close(): Promise<void> }>;

export const running = { status: 'running', attempt: 1, startedAt: at(1) } as const;

export interface JobStoreContext {
  /** Only inside tests. */
  readonly store: JobStore;
  readonly open: OpenJobStore;
  /** How many claims of one task are made at once. */
  readonly races: number;
  /** Higher than every id before. */
  newId(): string;
  created(overrides?: Partial<JobRecord>): Promise<JobRecord>;
  /** A running job with the pending task `encode-1`, and a claim of that which nobody has made yet. */
  claimable(overrides?: Partial<Claim>): Promise<{ readonly job: JobRecord; readonly claim: Claim }>;
  /** The same, with the claim made at second 10 for 30 seconds. */
  claimed(): Promise<{ readonly job: JobRecord; readonly claim: Claim }>;
}

export const jobStoreContext = (open: OpenJobStore, races: number): JobStoreContext => {
  let opened: Awaited<ReturnType<OpenJobStore>> | undefined;
  let lastId = 0;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened?.close());
  const it: JobStoreContext = {
    get store() {
      if (!opened) throw new Error('the store is open while tests run');
      return opened.jobs;
    },
    open,
    races,
    newId: () => jobId((lastId += 1)),
    created: async (overrides = {}) => {
      const job = aJob({ id: it.newId(), ...overrides });
      await it.store.create(job);
      return job;
    },
    claimable: async (overrides = {}) => {
      const job = await it.created(running);
      await it.store.saveTasks(job.id, [aTask()]);
      return { job, claim: aClaim({ jobId: job.id, ...overrides }) };
    },
    claimed: async () => {
      const made = await it.claimable();
      await it.store.claimTask(made.claim, { now: at(10), leaseUntil: at(40) });
      return made;
    },
  };
  return it;
};
