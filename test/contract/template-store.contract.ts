/** What every template store must do: each sentence of core/ports/template-store.ts, as a test. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TemplateStore } from '#core/ports/template-store.ts';
import type { StoredTemplate } from '#core/job/template-record.ts';
import { aStoredTemplate, aTemplate, at } from '#test/support/records.ts';

const conflict = { code: 'conflict.state' };

export const templateStoreContract = (
  name: string,
  open: () => Promise<{ readonly templates: TemplateStore; close(): Promise<void> }>,
  { skip }: { readonly skip?: string | undefined } = {},
): void => {
  describe.skipIf(skip)(`${name}: templates${skip ? ` (skipped: ${skip})` : ''}`, () => {
    let store: TemplateStore;
    let close: () => Promise<void>;
    let last = 0;
    const newOwner = (): string => `owner-${(last += 1)}`;
    const version = (owner: string, n: number, template = aTemplate()): StoredTemplate =>
      aStoredTemplate({ owner, version: n, template: { ...template, summary: `number ${n}` }, createdAt: at(n) });
    const put = async (owner: string, n: number, template = aTemplate()): Promise<StoredTemplate> => {
      const stored = version(owner, n, template);
      await store.put(stored);
      return stored;
    };

    beforeAll(async () => {
      const opened = await open();
      store = opened.templates;
      close = () => opened.close();
    });
    afterAll(() => close());

    test('a template is read as it was stored, newest or by its number', async () => {
      const owner = newOwner();
      const first = await put(owner, 1);
      const second = await put(owner, 2, aTemplate({ summary: 'ø "x" 🎬', onError: 'continue' }));
      expect(await store.get(owner, 'still')).toEqual(second);
      expect(await store.get(owner, 'still', 1)).toEqual(first);
      expect(await store.get(owner, 'still', 2)).toEqual(second);
      expect(await store.lastVersion(owner, 'still')).toBe(2);
    });

    test('what never was is undefined, and its last version is 0', async () => {
      const owner = newOwner();
      expect(await store.get(owner, 'still')).toBeUndefined();
      expect(await store.lastVersion(owner, 'still')).toBe(0);
      await put(owner, 1);
      expect(await store.get(owner, 'still', 2)).toBeUndefined();
      expect(await store.get(owner, 'other')).toBeUndefined();
      expect(await store.get(newOwner(), 'still')).toBeUndefined();
      expect(await store.get(newOwner(), 'still', 1)).toBeUndefined();
    });

    test('only the version after the last one is stored', async () => {
      const owner = newOwner();
      await expect(put(owner, 2)).rejects.toMatchObject(conflict);
      expect(await store.get(owner, 'still', 2)).toBeUndefined();
      await put(owner, 1);
      for (const n of [1, 3]) await expect(put(owner, n)).rejects.toMatchObject(conflict);
      expect(await store.lastVersion(owner, 'still')).toBe(1);
      expect(await store.get(owner, 'still', 3)).toBeUndefined();
    });

    test('of many that store one version at once, one wins', async () => {
      const owner = newOwner();
      for (const n of [1, 2]) {
        const tries = Array.from({ length: 20 }, (_, m) =>
          store.put(version(owner, n, aTemplate({ seed: m }))).then(() => m),
        );
        const outcomes = await Promise.allSettled(tries);
        const winners = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
        expect(winners).toHaveLength(1);
        expect((await store.get(owner, 'still'))?.template.seed).toBe(winners[0]);
        expect((await store.get(owner, 'still', n))?.template.seed).toBe(winners[0]);
      }
    });

    test('owners do not meet, also where one name continues the other', async () => {
      const [ana, ben] = ['a.b', 'a'];
      await put(ana, 1, aTemplate({ name: 'c' }));
      await put(ben, 1, aTemplate({ name: 'b-c' }));
      expect(await store.get(ben, 'c')).toBeUndefined();
      expect((await store.list({ owner: ben, limit: 10 })).items).toHaveLength(1);
    });

    test('a removed template is gone; its versions stay readable and its name goes on counting', async () => {
      const owner = newOwner();
      const first = await put(owner, 1);
      await put(owner, 2);
      await store.remove(owner, 'still');
      await store.remove(owner, 'still');
      await store.remove(owner, 'never');
      expect(await store.get(owner, 'still')).toBeUndefined();
      expect(await store.get(owner, 'still', 1)).toEqual(first);
      expect(await store.get(owner, 'still', 2)).toMatchObject({ version: 2 });
      expect((await store.list({ owner, limit: 10 })).items).toEqual([]);
      expect(await store.lastVersion(owner, 'still')).toBe(2);
      await expect(put(owner, 1)).rejects.toMatchObject(conflict);
      const third = await put(owner, 3);
      expect(await store.get(owner, 'still')).toEqual(third);
      expect((await store.list({ owner, limit: 10 })).items).toEqual([third]);
    });

    test('a listing holds the newest version of each, by name, page by page', async () => {
      const owner = newOwner();
      const names = ['a-a', 'A', 'b', 'a', 'B_1', 'a_b'];
      for (const each of names) await put(owner, 1, aTemplate({ name: each }));
      await put(owner, 2, aTemplate({ name: 'b' }));
      await put(newOwner(), 1);
      const all = await store.list({ owner, limit: 10 });
      const byCharacters = names.toSorted((a, b) => (a < b ? -1 : 1));
      expect(all.items.map(({ template, version: n }) => [template.name, n])).toEqual(
        byCharacters.map((each) => [each, each === 'b' ? 2 : 1]),
      );
      expect(all.next).toBeNull();
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.list({ owner, limit: 2, ...(cursor === undefined ? {} : { cursor }) });
        expect(page.items).toHaveLength(2);
        seen.push(...page.items.map(({ template }) => template.name));
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      expect(seen).toEqual(byCharacters);
    });

    test('a cursor that no listing made is refused', async () => {
      for (const cursor of ['x', 'after_', 'after_9', 'after_a b'])
        await expect(store.list({ owner: 'ana', limit: 1, cursor })).rejects.toMatchObject({ code: 'spec.invalid' });
    });
  });
};
