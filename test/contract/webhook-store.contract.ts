/** What every webhook store must do: each sentence of core/ports/webhook-store.ts, as a test. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WebhookStore } from '#core/ports/webhook-store.ts';
import { aNotice, at, aWebhook, noticeId, webhookId } from '#test/support/records.ts';

const conflict = { code: 'conflict.state' };

export const webhookStoreContract = (
  name: string,
  open: () => Promise<{ readonly webhooks: WebhookStore; close(): Promise<void> }>,
  { skip }: { readonly skip?: string | undefined } = {},
): void => {
  describe.skipIf(skip)(`${name}: webhooks${skip ? ` (skipped: ${skip})` : ''}`, () => {
    let store: WebhookStore;
    let close: () => Promise<void>;
    let last = 0;
    const newOwner = (): string => `owner-${(last += 1)}`;
    /** Every page of a listing, one after the other. */
    const pages = async <T>(list: (cursor?: string) => Promise<{ items: readonly T[]; next: string | null }>) => {
      const found: T[][] = [];
      let cursor: string | undefined;
      do {
        const page = await list(cursor);
        found.push([...page.items]);
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      return found;
    };

    beforeAll(async () => {
      const opened = await open();
      store = opened.webhooks;
      close = () => opened.close();
    });
    afterAll(() => close());

    describe('endpoints', () => {
      test('one is read as it was stored, by its owner only', async () => {
        const owner = newOwner();
        const webhook = aWebhook({ owner, url: 'https://example.com/ø?x=%22', events: ['job.failed'] });
        await store.create(webhook);
        expect(await store.get(owner, webhook.id)).toEqual(webhook);
        expect(await store.get(newOwner(), webhook.id)).toBeUndefined();
        expect(await store.get(owner, webhookId(2))).toBeUndefined();
      });

      test('an id is used once by an owner, and freely by another', async () => {
        const owner = newOwner();
        await store.create(aWebhook({ owner }));
        await expect(store.create(aWebhook({ owner, url: 'https://other.example' }))).rejects.toMatchObject(conflict);
        expect(await store.get(owner, webhookId(1))).toEqual(aWebhook({ owner }));
        await store.create(aWebhook({ owner: newOwner() }));
      });

      test('only the version that was read is replaced, by the next one', async () => {
        const owner = newOwner();
        await store.create(aWebhook({ owner }));
        const after = await store.update(aWebhook({ owner, state: 'disabled' }));
        expect(after).toEqual(aWebhook({ owner, state: 'disabled', version: 2 }));
        expect(await store.get(owner, webhookId(1))).toEqual(after);
        for (const version of [1, 3])
          await expect(store.update(aWebhook({ owner, version }))).rejects.toMatchObject(conflict);
        await expect(store.update(aWebhook({ owner: newOwner() }))).rejects.toMatchObject(conflict);
      });

      test('of many that change one at once, one gets through', async () => {
        const owner = newOwner();
        await store.create(aWebhook({ owner }));
        const tries = Array.from({ length: 20 }, (_, n) => store.update(aWebhook({ owner, generation: n + 1 })));
        const outcomes = await Promise.allSettled(tries);
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      });

      test("a listing holds the owner's, newest first, page by page", async () => {
        const [owner, other] = [newOwner(), newOwner()];
        for (const n of [2, 5, 1, 4, 3]) await store.create(aWebhook({ owner, id: webhookId(n) }));
        await store.create(aWebhook({ owner: other, id: webhookId(9) }));
        const found = await pages((cursor) => store.list({ owner, limit: 2, cursor }));
        expect(found.map((page) => page.map(({ id }) => id))).toEqual([
          [webhookId(5), webhookId(4)],
          [webhookId(3), webhookId(2)],
          [webhookId(1)],
        ]);
      });

      test('a removed one is gone; removing it again is fine', async () => {
        const owner = newOwner();
        await store.create(aWebhook({ owner }));
        await store.remove(newOwner(), webhookId(1));
        expect(await store.get(owner, webhookId(1))).toBeDefined();
        for (const _ of [1, 2]) await store.remove(owner, webhookId(1));
        expect(await store.get(owner, webhookId(1))).toBeUndefined();
        expect((await store.list({ owner, limit: 9 })).items).toEqual([]);
      });
    });

    describe('notices', () => {
      const attempts = [{ at: at(1), status: 500, ms: 12, error: 'It answered 500.' }];

      test('one is read as it was queued, under its owner and endpoint only', async () => {
        const owner = newOwner();
        const notice = aNotice({ owner, attempts, url: null });
        await store.queue(notice);
        expect(await store.notice(notice)).toEqual(notice);
        expect(await store.notice({ ...notice, owner: newOwner() })).toBeUndefined();
        expect(await store.notice({ ...notice, webhook: webhookId(2) })).toBeUndefined();
      });

      test('one that is there already is left as it is', async () => {
        const owner = newOwner();
        await store.queue(aNotice({ owner }));
        const sent = await store.updateNotice(aNotice({ owner, state: 'delivered', nextAt: null, attempts }));
        await Promise.all(Array.from({ length: 10 }, () => store.queue(aNotice({ owner }))));
        expect(await store.notice(aNotice({ owner }))).toEqual(sent);
        expect((await store.notices({ owner, webhook: webhookId(1), limit: 9 })).items).toEqual([sent]);
      });

      test('of many that take one at once, one gets through', async () => {
        const owner = newOwner();
        await store.queue(aNotice({ owner }));
        const tries = Array.from({ length: 20 }, () => store.updateNotice(aNotice({ owner, nextAt: at(60) })));
        const outcomes = await Promise.allSettled(tries);
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        for (const outcome of outcomes)
          if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(conflict);
        expect(await store.notice(aNotice({ owner }))).toEqual(aNotice({ owner, nextAt: at(60), version: 2 }));
      });

      test('what was never queued is not updated', async () => {
        await expect(store.updateNotice(aNotice({ owner: newOwner() }))).rejects.toMatchObject(conflict);
      });

      test('a listing holds those of one endpoint, newest first, page by page', async () => {
        const owner = newOwner();
        for (const n of [2, 3, 1]) await store.queue(aNotice({ owner, id: noticeId(n) }));
        await store.queue(aNotice({ owner, webhook: webhookId(2), id: noticeId(9) }));
        await store.queue(aNotice({ owner: newOwner(), id: noticeId(8) }));
        const found = await pages((cursor) => store.notices({ owner, webhook: webhookId(1), limit: 2, cursor }));
        expect(found.map((page) => page.map(({ id }) => id))).toEqual([[noticeId(3), noticeId(2)], [noticeId(1)]]);
      });

      test('those that are due are told, the longest due first, and no others', async () => {
        const owner = newOwner();
        const long = (seconds: number): string => at(seconds - 1e8);
        await store.queue(aNotice({ owner, id: noticeId(1), nextAt: long(3) }));
        await store.queue(aNotice({ owner, id: noticeId(2), nextAt: long(1) }));
        await store.queue(aNotice({ owner, id: noticeId(3), nextAt: long(2).replace('.000Z', 'Z') }));
        await store.queue(aNotice({ owner, id: noticeId(4), nextAt: long(4) }));
        await store.queue(aNotice({ owner, id: noticeId(5), state: 'failed', nextAt: null }));
        const key = (n: number) => ({ owner, webhook: webhookId(1), id: noticeId(n) });
        expect(await store.due(long(3), 10)).toEqual([key(2), key(3), key(1)]);
        expect(await store.due(long(3), 2)).toEqual([key(2), key(3)]);
        await store.updateNotice(aNotice({ owner, id: noticeId(2), state: 'delivered', nextAt: null }));
        await store.updateNotice(aNotice({ owner, id: noticeId(3), nextAt: long(9) }));
        expect(await store.due(long(3), 10)).toEqual([key(1)]);
      });
    });

    test('a cursor that no listing made is refused', async () => {
      for (const cursor of ['x', 'after_', `after_${'I'.repeat(26)}`]) {
        const invalid = { code: 'spec.invalid' };
        await expect(store.list({ owner: 'ana', limit: 1, cursor })).rejects.toMatchObject(invalid);
        const notices = { owner: 'ana', webhook: webhookId(1), limit: 1, cursor };
        await expect(store.notices(notices)).rejects.toMatchObject(invalid);
      }
    });
  });
};
