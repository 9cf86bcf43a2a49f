/** What every store of usage must do: each sentence of core/ports/usage-store.ts, as a test. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { everybody, nothingUsed, type Reservation, type Used } from '#core/job/usage.ts';
import type { UsageStore } from '#core/ports/usage-store.ts';
import { at, jobId } from '#test/support/records.ts';

export const usageStoreContract = (
  name: string,
  open: () => Promise<{ readonly usage: UsageStore; close(): Promise<void> }>,
  { skip }: { readonly skip?: string | undefined } = {},
): void => {
  describe.skipIf(skip)(`${name}: usage${skip ? ` (skipped: ${skip})` : ''}`, () => {
    let store: UsageStore;
    let close: () => Promise<void>;
    let last = 0;
    const next = (): number => (last += 1);
    const reservation = (overrides: Partial<Reservation> = {}): Reservation => ({
      jobId: jobId(next()),
      owner: 'ana',
      template: '',
      day: '2026-11-21',
      at: at(0),
      taken: [],
      ...overrides,
    });
    const counters = (most = 2) => {
      const n = next();
      return [
        { counter: `jobs:${n}`, most, open: false },
        { counter: `open:${n}`, most, open: true },
      ] as const;
    };
    const takenOf = (taken: Reservation['taken']): Promise<number[]> =>
      Promise.all(taken.map(({ counter }) => store.taken(counter)));
    const used: Used = {
      jobs: 1,
      outputSeconds: 2.5,
      inputBytes: 5_000_000_000,
      usd: 0.25,
      cpuMeasured: 3,
      cpuPredicted: 4,
    };

    beforeAll(async () => {
      const opened = await open();
      store = opened.usage;
      close = () => opened.close();
    });
    afterAll(() => close());

    test('a reservation takes one of each counter, and taking it again takes nothing', async () => {
      const taken = [...counters()];
      const mine = reservation({ taken });
      expect(await store.reserve(mine)).toEqual({ outcome: 'reserved' });
      expect(await store.reserve(mine)).toEqual({ outcome: 'held' });
      expect(await takenOf(taken)).toEqual([1, 1]);
    });

    test('where one counter is full nothing is taken of any', async () => {
      const [jobs] = counters(5);
      const [full] = counters(1);
      await store.reserve(reservation({ taken: [full] }));
      const refused = reservation({ taken: [jobs, full] });
      expect(await store.reserve(refused)).toEqual({ outcome: 'refused', counter: full.counter });
      expect(await takenOf([jobs, full])).toEqual([0, 1]);
      expect((await store.unsettled({ before: at(9999), limit: 1000 })).map((each) => each.jobId)).not.toContain(
        refused.jobId,
      );
    });

    test('of fifty at once a quota of ten accepts exactly ten', async () => {
      const taken = [...counters(10)];
      const outcomes = await Promise.all(Array.from({ length: 50 }, () => store.reserve(reservation({ taken }))));
      expect(outcomes.filter(({ outcome }) => outcome === 'reserved')).toHaveLength(10);
      expect(outcomes.filter(({ outcome }) => outcome === 'refused')).toHaveLength(40);
      expect(await takenOf(taken)).toEqual([10, 10]);
    });

    test('settling gives back what is open, once, however many do it at once', async () => {
      const taken = [...counters()];
      const mine = reservation({ taken, owner: `owner-${next()}` });
      await store.reserve(mine);
      await store.reserve(reservation({ taken }));
      const settled = await Promise.all(Array.from({ length: 5 }, () => store.settle(mine, used)));
      expect(settled.filter(Boolean)).toHaveLength(1);
      expect(await takenOf(taken)).toEqual([2, 1]);
      expect(await store.rows({ owner: mine.owner, from: mine.day, to: mine.day })).toEqual([
        { owner: mine.owner, day: mine.day, template: '', ...used },
      ]);
      await store.release(mine.jobId);
      expect(await store.reserve(mine)).toEqual({ outcome: 'held' });
      expect(await takenOf(taken)).toEqual([2, 1]);
    });

    test('releasing gives everything back, once, and the job may be reserved for again', async () => {
      const taken = [...counters()];
      const mine = reservation({ taken });
      await store.reserve(mine);
      await Promise.all([store.release(mine.jobId), store.release(mine.jobId)]);
      expect(await takenOf(taken)).toEqual([0, 0]);
      expect(await store.reserve(mine)).toEqual({ outcome: 'reserved' });
      await store.release(jobId(next()));
    });

    test('a job without a reservation is counted all the same, once', async () => {
      const { taken: _taken, ...mine } = reservation({ owner: `owner-${next()}` });
      expect(await store.settle(mine, used)).toBe(true);
      expect(await store.settle(mine, used)).toBe(false);
      expect(await store.rows({ owner: mine.owner, from: mine.day, to: mine.day })).toHaveLength(1);
    });

    test('rows add up by owner, day and template, and for everybody', async () => {
      const owner = `owner-${next()}`;
      const day = '2026-10-01';
      const before = await store.rows({ owner: everybody, from: day, to: day });
      const settle = (overrides: Partial<Reservation>) => store.settle(reservation({ owner, day, ...overrides }), used);
      await Promise.all([settle({}), settle({}), settle({ template: 'watermark' }), settle({ day: '2026-10-02' })]);
      expect(await store.rows({ owner, from: '2026-10-01', to: '2026-10-02' })).toEqual([
        expect.objectContaining({ day, template: '', jobs: 2, usd: 0.5, outputSeconds: 5, inputBytes: 10_000_000_000 }),
        expect.objectContaining({ day, template: 'watermark', jobs: 1 }),
        expect.objectContaining({ day: '2026-10-02', template: '', jobs: 1 }),
      ]);
      expect(await store.rows({ owner, from: '2026-10-03', to: '2026-10-31' })).toEqual([]);
      const [all] = await store.rows({ owner: everybody, from: day, to: day });
      expect(all).toMatchObject({ template: '', jobs: (before[0]?.jobs ?? 0) + 3, cpuMeasured: 9 });
    });

    test('what was neither settled nor released is listed, oldest first', async () => {
      const [old, older, young] = [-200, -300, -10].map((seconds) => reservation({ at: at(seconds) }));
      for (const each of [old, older, young]) if (each) await store.reserve(each);
      const listed = await store.unsettled({ before: at(-100), limit: 1000 });
      const ids = listed.map((each) => each.jobId);
      expect(ids.filter((id) => id === old?.jobId || id === older?.jobId)).toEqual([older?.jobId, old?.jobId]);
      expect(ids).not.toContain(young?.jobId);
      expect(listed.find((each) => each.jobId === old?.jobId)).toEqual(old);
      await store.settle(reservation(old ?? {}), nothingUsed);
      expect((await store.unsettled({ before: at(-100), limit: 1000 })).map((each) => each.jobId)).not.toContain(
        old?.jobId,
      );
    });
  });
};
