/** What users, and all of them together, may spend on a day of UTC. */
import { everybody } from '../job/usage.ts';
import type { JobRecord } from '../job/state.ts';
import type { UsageStore } from '../ports/usage-store.ts';

/** Of the quotas; 0 is no limit. */
export interface DailyUsd {
  readonly userDailyUsd: number;
  readonly globalDailyUsd: number;
}

export interface DaySpent {
  /** On the jobs of the day that have ended. */
  readonly usd: number;
  readonly most: number;
  /** Whose jobs these are, in words. */
  readonly whose: string;
}

/** Of each limit that the deployment has for the job. A dropped file is a job of the deployer's own bucket. */
export const spentToday = async (
  { usage, quotas }: { readonly usage: Pick<UsageStore, 'rows'>; readonly quotas: DailyUsd },
  { owner, createdAt, drop }: Pick<JobRecord, 'owner' | 'createdAt' | 'drop'>,
): Promise<readonly DaySpent[]> => {
  const day = new Date(createdAt).toISOString().slice(0, 10);
  const limits = [
    { of: owner, most: drop === null ? quotas.userDailyUsd : 0, whose: 'your jobs of today' },
    { of: everybody, most: quotas.globalDailyUsd, whose: 'the jobs of all users today' },
  ];
  return Promise.all(
    limits
      .filter(({ most }) => most > 0)
      .map(async ({ of, most, whose }) => {
        const rows = await usage.rows({ owner: of, from: day, to: day });
        return { usd: rows.reduce((sum, row) => sum + row.usd, 0), most, whose };
      }),
  );
};
