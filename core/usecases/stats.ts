import * as z from 'zod';
import { JobStatus } from '../job/state.ts';
import type { Clock } from '../ports/clock.ts';
import type { JobStore } from '../ports/job-store.ts';

export const Stats = z
  .strictObject({
    byStatus: z
      .record(JobStatus.extract(['waiting', 'queued', 'running']), z.int().min(0))
      .describe('How many jobs of all users have not ended.'),
    oldestCreatedAt: z.iso.datetime().nullable(),
    oldestAgeSeconds: z.number().min(0).nullable(),
  })
  .meta({ id: 'Stats' });
export type Stats = z.output<typeof Stats>;

export const stats = async ({ jobs, clock }: { jobs: JobStore; clock: Clock }): Promise<Stats> => {
  const { byStatus, oldestCreatedAt } = await jobs.stats();
  const { waiting = 0, queued = 0, running = 0 } = byStatus;
  const age = oldestCreatedAt === null ? null : Math.max(0, clock.now() - Date.parse(oldestCreatedAt)) / 1000;
  return { byStatus: { waiting, queued, running }, oldestCreatedAt, oldestAgeSeconds: age };
};
