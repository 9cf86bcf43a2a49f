/** What jobs used, in this process's memory: for tests of use cases. */
import { addUsed, everybody, nothingUsed, Reservation, UsageRow, Used } from '#core/job/usage.ts';
import type { UsageStore } from '#core/ports/usage-store.ts';

type Held = { readonly reservation: Reservation; readonly isSettled: boolean };

export const memoryUsageStore = (): UsageStore => {
  const jobs = new Map<string, Held>();
  const counters = new Map<string, number>();
  const rows = new Map<string, UsageRow>();
  const add = (counter: string, count: number): void =>
    void counters.set(counter, (counters.get(counter) ?? 0) + count);
  const count = (row: Pick<UsageRow, 'owner' | 'day' | 'template'>, used: Used): void => {
    const key = JSON.stringify([row.owner, row.day, row.template]);
    const { owner, day, template, ...before } = rows.get(key) ?? { ...row, ...nothingUsed };
    rows.set(key, UsageRow.parse({ owner, day, template, ...addUsed(before, used) }));
  };
  return {
    reserve: async (given) => {
      const reservation = Reservation.parse(given);
      if (jobs.has(reservation.jobId)) return { outcome: 'held' };
      const full = reservation.taken.find(({ counter, most }) => (counters.get(counter) ?? 0) >= most);
      if (full) return { outcome: 'refused', counter: full.counter };
      for (const { counter } of reservation.taken) add(counter, 1);
      jobs.set(reservation.jobId, { reservation, isSettled: false });
      return { outcome: 'reserved' };
    },
    settle: async (job, given) => {
      const used = Used.parse(given);
      const held = jobs.get(job.jobId);
      if (held?.isSettled) return false;
      const reservation = held?.reservation ?? Reservation.parse({ ...job, taken: [] });
      for (const { counter, open } of reservation.taken) if (open) add(counter, -1);
      jobs.set(job.jobId, { reservation, isSettled: true });
      count(job, used);
      count({ owner: everybody, day: job.day, template: '' }, used);
      return true;
    },
    release: async (jobId) => {
      const held = jobs.get(jobId);
      if (!held || held.isSettled) return;
      for (const { counter } of held.reservation.taken) add(counter, -1);
      jobs.delete(jobId);
    },
    unsettled: async ({ before, limit }) =>
      [...jobs.values()]
        .filter(({ isSettled, reservation }) => !isSettled && reservation.at < before)
        .map(({ reservation }) => reservation)
        .toSorted((a, b) => a.at.localeCompare(b.at))
        .slice(0, limit),
    taken: async (counter) => counters.get(counter) ?? 0,
    rows: async ({ owner, from, to }) =>
      [...rows.values()]
        .filter((row) => row.owner === owner && row.day >= from && row.day <= to)
        .toSorted((a, b) => a.day.localeCompare(b.day)),
  };
};
