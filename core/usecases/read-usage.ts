import * as z from 'zod';
import { Failure } from '../failures.ts';
import { Owner } from '../job/ids.ts';
import { addUsed, Day, nothingUsed, type Used, type UsageRow } from '../job/usage.ts';
import type { Clock } from '../ports/clock.ts';
import type { UsageStore } from '../ports/usage-store.ts';

const Amounts = z
  .strictObject({
    jobs: z.int().min(0).describe('That have ended, however they did.'),
    outputSeconds: z.number().min(0),
    inputBytes: z.number().min(0),
    usd: z.number().min(0),
  })
  .meta({ id: 'UsageAmounts' });

export const UsageView = z
  .strictObject({
    from: Day,
    to: Day.describe('Included.'),
    by: z.enum(['day', 'user', 'template']),
    items: z.array(
      z.strictObject({
        day: Day.optional(),
        user: Owner.optional(),
        template: z.string().nullable().optional().describe('Null of jobs without one.'),
        ...Amounts.shape,
      }),
    ),
    total: Amounts,
  })
  .meta({ id: 'Usage' });
export type UsageView = z.output<typeof UsageView>;

const dayMs = 86_400_000;
const usualDays = 30;
const mostDays = 366;

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

const amounts = ({ jobs, outputSeconds, inputBytes, usd }: Used): z.output<typeof Amounts> => ({
  jobs,
  outputSeconds: Math.round(outputSeconds * 1000) / 1000,
  inputBytes,
  usd: Number(usd.toPrecision(8)),
});

const sum = (rows: readonly UsageRow[]): Used => rows.reduce<Used>((all, row) => addUsed(all, row), nothingUsed);

/**
 * What an owner's ended jobs used, by the day (UTC) that they were submitted on; the last thirty days where none are named.
 * Fails with `spec.invalid` where the days are the wrong way round or more than a year.
 */
export const readUsage = async (
  { usage, clock }: { readonly usage: UsageStore; readonly clock: Clock },
  query: { owner: string; from?: string | undefined; to?: string | undefined; by: UsageView['by'] },
): Promise<UsageView> => {
  const to = query.to ?? dayOf(clock.now());
  const from = query.from ?? dayOf(Date.parse(to) - (usualDays - 1) * dayMs);
  if (from > to || Date.parse(to) - Date.parse(from) > mostDays * dayMs)
    throw new Failure('spec.invalid', { detail: `"from" must lie before "to", by at most ${mostDays} days.` });
  const rows = await usage.rows({ owner: query.owner, from, to });
  const groups = Map.groupBy(rows, (row) => ({ day: row.day, user: row.owner, template: row.template })[query.by]);
  const items = [...groups].map(([key, group]) => ({
    ...(query.by === 'day'
      ? { day: key }
      : query.by === 'user'
        ? { user: key }
        : { template: key === '' ? null : key }),
    ...amounts(sum(group)),
  }));
  return { from, to, by: query.by, items, total: amounts(sum(rows)) };
};
