import { everybody } from '../job/usage.ts';
import { speedFactor } from '../planner/predict.ts';
import type { Clock } from '../ports/clock.ts';
import type { UsageStore } from '../ports/usage-store.ts';

const dayMs = 86_400_000;
const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

const speedDays = 28;

/** How much longer this deployment's hosts take than the calibrated machine, from the jobs of the last weeks. */
export const measuredSpeed = async ({
  usage,
  clock,
}: {
  readonly usage: UsageStore;
  readonly clock: Clock;
}): Promise<number> => {
  const now = clock.now();
  const rows = await usage.rows({ owner: everybody, from: dayOf(now - speedDays * dayMs), to: dayOf(now) });
  return speedFactor(
    rows.map(({ day, cpuMeasured, cpuPredicted }) => ({
      ageDays: Math.floor((now - Date.parse(day)) / dayMs),
      measured: cpuMeasured,
      predicted: cpuPredicted,
    })),
  );
};
