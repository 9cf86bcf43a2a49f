/** What every upload store must do: each sentence of core/ports/upload-store.ts, as a test. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UploadRecord } from '#core/job/state.ts';
import type { UploadStore } from '#core/ports/upload-store.ts';
import { aSpec, anUpload, at, jobId, uploadId } from '#test/support/records.ts';

const conflict = { code: 'conflict.state' };

export const uploadStoreContract = (
  name: string,
  open: () => Promise<{ readonly uploads: UploadStore; close(): Promise<void> }>,
  { skip }: { readonly skip?: string | undefined } = {},
): void => {
  describe.skipIf(skip)(`${name}: uploads${skip ? ` (skipped: ${skip})` : ''}`, () => {
    let store: UploadStore;
    let close: () => Promise<void>;
    let lastId = 0;
    const newId = (): string => uploadId((lastId += 1));
    const created = async (overrides: Partial<UploadRecord> = {}): Promise<UploadRecord> => {
      const upload = anUpload({ id: newId(), ...overrides });
      await store.create(upload);
      return upload;
    };

    beforeAll(async () => {
      const opened = await open();
      store = opened.uploads;
      close = () => opened.close();
    });
    afterAll(() => close());

    test('an upload is read as it was created', async () => {
      const upload = await created({
        filename: 'naïve "name" 🎬.mp4',
        multipart: { id: 'm', partSize: 16_777_216, parts: 7 },
        job: { spec: aSpec({ inputs: { video: { upload: '@upload' } } }), template: 'mine', templateVersion: 2 },
        jobId: jobId(1),
      });
      expect(await store.get(upload.id)).toEqual(upload);
    });

    test('an absent upload is undefined', async () => {
      expect(await store.get(newId())).toBeUndefined();
    });

    test('an id is taken once, by one of many at once', async () => {
      const id = newId();
      const tries = Array.from({ length: 20 }, (_, n) => store.create(anUpload({ id, filename: `${n}.mp4` })));
      const outcomes = await Promise.allSettled(tries);
      const winners = outcomes.flatMap(({ status }, n) => (status === 'fulfilled' ? [n] : []));
      expect(winners).toHaveLength(1);
      expect(await store.get(id)).toMatchObject({ filename: `${winners[0]}.mp4` });
      await expect(store.create(anUpload({ id }))).rejects.toMatchObject(conflict);
    });

    test('an update replaces the record and raises its version by one', async () => {
      const upload = await created();
      const object = { key: upload.key, etag: 'etag-1', bytes: 1000 };
      const after = await store.update({ ...upload, state: 'complete', object });
      expect(after).toEqual({ ...upload, state: 'complete', object, version: 2 });
      expect(await store.get(upload.id)).toEqual(after);
    });

    test('an update of another version, or of nothing, is refused', async () => {
      const upload = await created();
      await store.update({ ...upload, state: 'complete' });
      await expect(store.update({ ...upload, state: 'expired' })).rejects.toMatchObject(conflict);
      await expect(store.update({ ...upload, version: 3 })).rejects.toMatchObject(conflict);
      await expect(store.update(anUpload({ id: newId() }))).rejects.toMatchObject(conflict);
      expect(await store.get(upload.id)).toMatchObject({ state: 'complete', version: 2 });
    });

    test('completing and expiring at once: one wins', async () => {
      for (let round = 0; round < 10; round += 1) {
        const upload = await created();
        const states = ['complete', 'expired'] as const;
        const outcomes = await Promise.allSettled(states.map((state) => store.update({ ...upload, state })));
        const won = states.filter((_, n) => outcomes[n]?.status === 'fulfilled');
        expect(won).toHaveLength(1);
        expect((await store.get(upload.id))?.state).toBe(won[0]);
      }
    });

    test('a removed upload is gone; removing it again is fine', async () => {
      const upload = await created();
      await store.remove(upload.id);
      await store.remove(upload.id);
      expect(await store.get(upload.id)).toBeUndefined();
      await expect(store.update(upload)).rejects.toMatchObject(conflict);
    });

    test('overdue are uploads that still wait after their time, oldest first, at most `limit`', async () => {
      const late = 10_000;
      const third = await created({ expiresAt: at(late + 3) });
      const first = await created({ expiresAt: at(late + 1) });
      const second = await created({ expiresAt: '2026-11-01T14:46:42Z' });
      await created({ expiresAt: at(late + 60) });
      const done = await created({ expiresAt: at(late + 1) });
      await store.update({ ...done, state: 'complete' });
      const removed = await created({ expiresAt: at(late + 1) });
      await store.remove(removed.id);
      const kept = await created({ state: 'complete', keptUntil: at(late + 5) });
      const own = [first, second, third, kept].map(({ id }) => id);
      const ofThese = (ids: readonly string[]): string[] => ids.filter((id) => id >= third.id);
      expect(ofThese(await store.overdue(at(late + 10), 1000))).toEqual(own);
      expect(ofThese(await store.overdue(at(late + 3), 1000))).toEqual([first.id, second.id]);
      expect(ofThese(await store.overdue(at(late + 2.5), 1000))).toEqual([first.id, second.id]);
      expect(await store.overdue(at(late + 10), 2)).toHaveLength(2);
      expect(await store.overdue(at(-1), 1000)).toEqual([]);
    });
  });
};
