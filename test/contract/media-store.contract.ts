/** What every media store must do: each sentence of core/ports/media-store.ts, as a test. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MediaRecord } from '#core/job/media-record.ts';
import type { MediaStore } from '#core/ports/media-store.ts';
import { aMedia, aProbe, at, mediaId } from '#test/support/records.ts';

const conflict = { code: 'conflict.state' };
const sha = (n: number): string => n.toString(16).padStart(64, '0');

export const mediaStoreContract = (
  name: string,
  open: () => Promise<{ readonly library: MediaStore; close(): Promise<void> }>,
  { skip }: { readonly skip?: string | undefined } = {},
): void => {
  describe.skipIf(skip)(`${name}: the library${skip ? ` (skipped: ${skip})` : ''}`, () => {
    let store: MediaStore;
    let close: () => Promise<void>;
    let last = 0;
    const next = (): number => (last += 1);
    const newItem = (overrides: Partial<MediaRecord> = {}): MediaRecord => {
      const n = next();
      return aMedia({ id: mediaId(n), sha256: sha(n), ...overrides });
    };
    const created = async (overrides: Partial<MediaRecord> = {}): Promise<MediaRecord> => {
      const media = newItem(overrides);
      await store.create(media);
      return media;
    };
    const newOwner = (): string => `owner-${next()}`;

    beforeAll(async () => {
      const opened = await open();
      store = opened.library;
      close = () => opened.close();
    });
    afterAll(() => close());

    test('an item is read as it was created', async () => {
      const media = await created({
        filename: 'naïve "name" 🎬.mp4',
        source: `https://example.com/${'a'.repeat(2000)}`,
        title: 'ø',
        metadata: { tags: ['a', null], uploader: { name: '"x"' } },
        probe: aProbe(),
      });
      expect(await store.get(media.id)).toEqual(media);
      expect(await store.bySha256('ana', media.sha256)).toEqual(media);
      expect(await store.bySource('ana', media.source ?? '')).toEqual(media);
    });

    test('an absent item is undefined, by whatever it is looked for', async () => {
      expect(await store.get(mediaId(next()))).toBeUndefined();
      expect(await store.bySha256('ana', sha(next()))).toBeUndefined();
      expect(await store.bySource('ana', 'https://example.com/never')).toBeUndefined();
    });

    test('an id is taken once', async () => {
      const media = await created();
      await expect(store.create(newItem({ id: media.id }))).rejects.toMatchObject(conflict);
      await expect(store.create(newItem({ id: media.id, owner: 'ben' }))).rejects.toMatchObject(conflict);
      expect(await store.get(media.id)).toEqual(media);
    });

    test('a refused creation leaves nothing behind', async () => {
      const media = await created();
      const source = 'https://example.com/refused';
      const other = newItem({ id: media.id, source });
      await expect(store.create(other)).rejects.toMatchObject(conflict);
      expect(await store.bySource('ana', source)).toBeUndefined();
      expect(await store.bySha256('ana', other.sha256)).toBeUndefined();
      await created({ sha256: other.sha256 });
    });

    test('an owner has a content once, however many bring it in at once; another owner may have it too', async () => {
      const owner = newOwner();
      const sha256 = sha(next());
      const items = Array.from({ length: 20 }, (_, n) =>
        newItem({ owner, sha256, source: `https://example.com/${n}` }),
      );
      const outcomes = await Promise.allSettled(items.map((media) => store.create(media)));
      const won = items.filter((_, n) => outcomes[n]?.status === 'fulfilled');
      expect(won).toHaveLength(1);
      for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(conflict);
      expect(await store.bySha256(owner, sha256)).toEqual(won[0]);
      expect((await store.list({ owner, limit: 100 })).items).toEqual(won);
      const other = await created({ owner: newOwner(), sha256 });
      expect(await store.bySha256(other.owner, sha256)).toEqual(other);
      expect(await store.bySha256(owner, sha256)).toEqual(won[0]);
    });

    test('one source has many items over time: the one that was brought in last is found', async () => {
      const source = `https://example.com/changing-${next()}`;
      const first = await created({ source, updatedAt: at(10) });
      const second = await created({ source, updatedAt: '2026-11-01T12:00:20Z' });
      expect(await store.bySource('ana', source)).toEqual(second);
      const again = await store.update({ ...first, updatedAt: at(30) });
      expect(await store.bySource('ana', source)).toEqual(again);
      const late = await created({ source, updatedAt: at(30) });
      expect(await store.bySource('ana', source)).toEqual(late);
      expect(await store.bySource('ben', source)).toBeUndefined();
    });

    test('an item without a source is found by its content only', async () => {
      const media = await created({ source: null });
      expect(await store.bySha256('ana', media.sha256)).toEqual(media);
      expect(await store.bySource('ana', '')).toBeUndefined();
    });

    test('an update replaces the record and raises its version by one', async () => {
      const media = await created();
      const after = await store.update({ ...media, probe: aProbe(), title: 'found' });
      expect(after).toEqual({ ...media, probe: aProbe(), title: 'found', version: 2 });
      expect(await store.get(media.id)).toEqual(after);
      expect(await store.bySha256('ana', media.sha256)).toEqual(after);
    });

    test('an updated source replaces the old one', async () => {
      const [before, after] = [`https://example.com/old-${next()}`, `https://example.com/new-${next()}`];
      const media = await created({ source: before });
      const moved = await store.update({ ...media, source: after });
      expect(await store.bySource('ana', after)).toEqual(moved);
      expect(await store.bySource('ana', before)).toBeUndefined();
      await store.update({ ...moved, source: null });
      expect(await store.bySource('ana', after)).toBeUndefined();
    });

    test('an update of another version, of nothing, or of owner or content is refused', async () => {
      const media = await created();
      await store.update({ ...media, title: 'second' });
      const wrong = [
        { ...media, title: 'late' },
        { ...media, version: 3 },
        newItem(),
        { ...media, version: 2, owner: 'ben' },
        { ...media, version: 2, sha256: sha(next()) },
      ];
      for (const item of wrong) await expect(store.update(item)).rejects.toMatchObject(conflict);
      expect(await store.get(media.id)).toEqual({ ...media, title: 'second', version: 2 });
    });

    test('of many updates at once, one wins', async () => {
      const media = await created();
      const tries = Array.from({ length: 10 }, (_, n) =>
        store.update({ ...media, title: `${n}`, source: `https://example.com/race-${media.id}-${n}` }),
      );
      const outcomes = await Promise.allSettled(tries);
      const winners = outcomes.flatMap(({ status }, n) => (status === 'fulfilled' ? [n] : []));
      expect(winners).toHaveLength(1);
      const after = await store.get(media.id);
      expect(after).toMatchObject({ title: `${winners[0]}`, version: 2 });
      for (let n = 0; n < 10; n += 1) {
        const found = await store.bySource('ana', `https://example.com/race-${media.id}-${n}`);
        expect(found).toEqual(n === winners[0] ? after : undefined);
      }
    });

    test('a listing is newest first, of the owner only, by source or content, page by page', async () => {
      const owner = newOwner();
      const source = 'https://example.com/listed';
      const items: MediaRecord[] = [];
      for (let n = 0; n < 5; n += 1) items.unshift(await created({ owner, ...(n % 2 === 0 ? { source } : {}) }));
      await created({ owner: newOwner(), source });
      expect(await store.list({ owner, limit: 10 })).toEqual({ items, next: null });
      expect(await store.list({ owner, limit: 5 })).toEqual({ items, next: null });
      const fromThere = items.filter((media) => media.source === source);
      expect((await store.list({ owner, source, limit: 10 })).items).toEqual(fromThere);
      expect((await store.list({ owner, sha256: items[1]?.sha256, limit: 10 })).items).toEqual([items[1]]);
      expect((await store.list({ owner, source, sha256: items[1]?.sha256, limit: 10 })).items).toEqual([]);
      const first = await store.list({ owner, source, limit: 2 });
      expect(first.items).toEqual(fromThere.slice(0, 2));
      const second = await store.list({ owner, source, limit: 2, cursor: first.next ?? undefined });
      expect(second).toEqual({ items: fromThere.slice(2), next: null });
    });

    test('a cursor that no listing made is refused', async () => {
      for (const cursor of ['x', 'after_', 'after_x', mediaId(1)])
        await expect(store.list({ owner: 'ana', limit: 1, cursor })).rejects.toMatchObject({ code: 'spec.invalid' });
    });

    test('a removed item is gone from everywhere; removing it again is fine; its content may come back', async () => {
      const owner = newOwner();
      const media = await created({ owner });
      await store.remove(media.id);
      await store.remove(media.id);
      expect(await store.get(media.id)).toBeUndefined();
      expect(await store.bySha256(owner, media.sha256)).toBeUndefined();
      expect(await store.bySource(owner, media.source ?? '')).toBeUndefined();
      expect((await store.list({ owner, limit: 10 })).items).toEqual([]);
      await expect(store.update(media)).rejects.toMatchObject(conflict);
      const again = await created({ owner, sha256: media.sha256 });
      expect(await store.bySha256(owner, media.sha256)).toEqual(again);
    });

    test('an update at the same time as a removal brings nothing back', async () => {
      for (let round = 0; round < 10; round += 1) {
        const media = await created({ owner: newOwner() });
        const source = `https://example.com/moved-${media.id}`;
        await Promise.allSettled([store.update({ ...media, source }), store.remove(media.id)]);
        const left = await store.get(media.id);
        expect(left).toBeUndefined();
        expect(await store.bySha256(media.owner, media.sha256)).toBeUndefined();
        expect(await store.bySource(media.owner, source)).toBeUndefined();
        await created({ owner: media.owner, sha256: media.sha256 });
      }
    });
  });
};
