/** What every store of what was made must do: each sentence of core/ports/made-store.ts, as a test. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { heldBy, type MadeRecord, releasedBy } from '#core/job/made-record.ts';
import type { MadeStore } from '#core/ports/made-store.ts';
import { jobId } from '#test/support/records.ts';

export const madeStoreContract = (
  name: string,
  open: () => Promise<{ readonly made: MadeStore; close(): Promise<void> }>,
  { skip }: { readonly skip?: string | undefined } = {},
): void => {
  describe.skipIf(skip)(`${name}: what was made${skip ? ` (skipped: ${skip})` : ''}`, () => {
    let store: MadeStore;
    let close: () => Promise<void>;
    let last = 0;
    const record = (overrides: Partial<MadeRecord> = {}): MadeRecord => ({
      owner: 'ana',
      contentKey: `key-${(last += 1)}`,
      files: [{ name: 'x.mp4', key: 'outputs/ana/x.mp4', bytes: 7, type: 'video/mp4', sha256: null }],
      attestation: null,
      warnings: ['ø "x" 🎬'],
      holders: [jobId(1)],
      ...overrides,
    });
    const put = async (made: MadeRecord): Promise<MadeRecord> => {
      await store.change(made.owner, made.contentKey, () => made);
      return made;
    };

    beforeAll(async () => {
      const opened = await open();
      store = opened.made;
      close = () => opened.close();
    });
    afterAll(() => close());

    test('a record is read as it was written, by its owner only', async () => {
      const made = await put(record());
      expect(await store.get('ana', made.contentKey)).toEqual(made);
      expect(await store.get('ben', made.contentKey)).toBeUndefined();
    });

    test('what was never made is undefined, and stays so where nothing is made of it', async () => {
      expect(await store.get('ana', 'never')).toBeUndefined();
      expect(await store.change('ana', 'never', (made) => heldBy(made, jobId(2)))).toBeUndefined();
      expect(await store.get('ana', 'never')).toBeUndefined();
    });

    test('a record without a holder is gone', async () => {
      const made = await put(record());
      expect(await store.change('ana', made.contentKey, (old) => releasedBy(old, jobId(1)))).toBeUndefined();
      expect(await store.get('ana', made.contentKey)).toBeUndefined();
      expect(await store.change('ana', made.contentKey, (old) => releasedBy(old, jobId(1)))).toBeUndefined();
    });

    test('of any number of changes at once none is lost', async () => {
      const made = await put(record());
      const jobs = Array.from({ length: 20 }, (_, n) => jobId(n + 2));
      await Promise.all(jobs.map((id) => store.change('ana', made.contentKey, (old) => heldBy(old, id))));
      const held = await store.get('ana', made.contentKey);
      expect(held?.holders.toSorted()).toEqual([jobId(1), ...jobs]);
      await Promise.all(
        held?.holders.map((id) => store.change('ana', made.contentKey, (old) => releasedBy(old, id))) ?? [],
      );
      expect(await store.get('ana', made.contentKey)).toBeUndefined();
    });

    test('where one job takes the last hold away while another takes one, either the record stays or nobody got it', async () => {
      for (let round = 0; round < 10; round += 1) {
        const made = await put(record());
        const [, taken] = await Promise.all([
          store.change('ana', made.contentKey, (old) => releasedBy(old, jobId(1))),
          store.change('ana', made.contentKey, (old) => heldBy(old, jobId(2))),
        ]);
        const left = await store.get('ana', made.contentKey);
        expect(left?.holders).toEqual(taken ? [jobId(2)] : undefined);
      }
    });
  });
};
