/** What every idempotency store must do: each sentence of core/ports/idempotency-store.ts, as a test. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IdempotencyBegin, IdempotencyKey, IdempotencyStore } from '#core/ports/idempotency-store.ts';
import { at, jobId } from '#test/support/records.ts';

const answer = { status: 201, headers: { location: '/v1/jobs/1' }, body: '{"id":"1","name":"ø"}' };
const day = 86_400;

export const idempotencyStoreContract = (
  name: string,
  open: () => Promise<{ readonly idempotency: IdempotencyStore; close(): Promise<void> }>,
  { skip }: { readonly skip?: string | undefined } = {},
): void => {
  describe.skipIf(skip)(`${name}: idempotency keys${skip ? ` (skipped: ${skip})` : ''}`, () => {
    let store: IdempotencyStore;
    let close: () => Promise<void>;
    let keys = 0;
    const newKey = (): IdempotencyKey => ({ owner: 'ana', key: `key-${(keys += 1)}` });
    const begin = (
      key: IdempotencyKey,
      seconds: number,
      request: { fingerprint?: string; resource?: number } = {},
    ): Promise<IdempotencyBegin> =>
      store.begin(key, {
        fingerprint: request.fingerprint ?? 'f',
        resourceId: jobId(request.resource ?? 1),
        now: at(seconds),
        lockedUntil: at(seconds + 30),
        expiresAt: at(seconds + day),
      });

    const held = (key: IdempotencyKey, seconds: number) => ({ ...key, lockedUntil: at(seconds + 30) });

    beforeAll(async () => {
      const opened = await open();
      store = opened.idempotency;
      close = () => opened.close();
    });
    afterAll(() => close());

    test('a first request begins with its own resource id', async () => {
      expect(await begin(newKey(), 0, { resource: 7 })).toEqual({ outcome: 'begun', resourceId: jobId(7) });
    });

    test('a repeated request gets the recorded answer', async () => {
      const key = newKey();
      await begin(key, 0);
      await store.complete(held(key, 0), answer);
      expect(await begin(key, 1, { resource: 2 })).toEqual({ outcome: 'answered', answer });
      expect(await begin(key, day - 1)).toEqual({ outcome: 'answered', answer });
    });

    test('a request during the first one is told so', async () => {
      const key = newKey();
      await begin(key, 0);
      expect(await begin(key, 29)).toEqual({ outcome: 'in_progress' });
    });

    test('another request with the same key is a mismatch, before and after the answer', async () => {
      const key = newKey();
      await begin(key, 0);
      expect(await begin(key, 1, { fingerprint: 'g' })).toEqual({ outcome: 'mismatch' });
      expect(await begin(key, 60, { fingerprint: 'g' })).toEqual({ outcome: 'mismatch' });
      await store.complete(held(key, 0), answer);
      expect(await begin(key, 2, { fingerprint: 'g' })).toEqual({ outcome: 'mismatch' });
    });

    test('of many requests at once one begins', async () => {
      const key = newKey();
      const outcomes = await Promise.all(Array.from({ length: 50 }, (_, n) => begin(key, 0, { resource: n })));
      expect(outcomes.filter(({ outcome }) => outcome === 'begun')).toHaveLength(1);
      expect(outcomes.filter(({ outcome }) => outcome === 'in_progress')).toHaveLength(49);
    });

    test('a reservation is taken over after a crash, once, with the resource id of the first caller', async () => {
      const key = newKey();
      await begin(key, 0, { resource: 1 });
      const outcomes = await Promise.all(Array.from({ length: 20 }, (_, n) => begin(key, 31, { resource: n + 2 })));
      const begun = outcomes.filter(({ outcome }) => outcome === 'begun');
      expect(begun).toEqual([{ outcome: 'begun', resourceId: jobId(1) }]);
      expect(outcomes.filter(({ outcome }) => outcome === 'in_progress')).toHaveLength(19);
      expect(await begin(key, 60)).toEqual({ outcome: 'in_progress' });
      expect(await begin(key, 62, { resource: 99 })).toEqual({ outcome: 'begun', resourceId: jobId(1) });
    });

    test('an abandoned key is free, for any request', async () => {
      const key = newKey();
      await begin(key, 0);
      await store.abandon(held(key, 0));
      expect(await begin(key, 1, { fingerprint: 'g', resource: 2 })).toEqual({
        outcome: 'begun',
        resourceId: jobId(2),
      });
    });

    test('a caller whose reservation was taken over can neither answer nor free it', async () => {
      const key = newKey();
      await begin(key, 0);
      await begin(key, 31);
      await store.abandon(held(key, 0));
      await store.complete(held(key, 0), { ...answer, status: 500 });
      expect(await begin(key, 32)).toEqual({ outcome: 'in_progress' });
      await store.complete(held(key, 31), answer);
      expect(await begin(key, 33)).toEqual({ outcome: 'answered', answer });
    });

    test('an answer that was recorded is neither abandoned nor replaced', async () => {
      const key = newKey();
      await begin(key, 0);
      await store.complete(held(key, 0), answer);
      await store.complete(held(key, 0), { ...answer, status: 500 });
      await store.abandon(held(key, 0));
      expect(await begin(key, 1)).toEqual({ outcome: 'answered', answer });
    });

    test('a row past its time counts as absent, with another fingerprint too', async () => {
      const key = newKey();
      await begin(key, 0);
      await store.complete(held(key, 0), answer);
      expect(await begin(key, day + 1, { fingerprint: 'g', resource: 2 })).toEqual({
        outcome: 'begun',
        resourceId: jobId(2),
      });
      expect(await begin(key, day + 2, { fingerprint: 'g' })).toEqual({ outcome: 'in_progress' });
    });

    test('keys of two owners are two keys, whatever characters they hold', async () => {
      const key = `${'k'.repeat(200)} /#'"%é${'k'.repeat(40)}`;
      await begin({ owner: 'ana', key }, 0);
      await store.complete(held({ owner: 'ana', key }, 0), answer);
      expect(await begin({ owner: 'ben', key }, 1)).toMatchObject({ outcome: 'begun' });
      expect(await begin({ owner: 'ana', key }, 1)).toMatchObject({ outcome: 'answered' });
    });

    test('completing or abandoning a key that nobody reserved does nothing', async () => {
      const key = newKey();
      await store.complete(held(key, 0), answer);
      await store.abandon(held(key, 0));
      expect(await begin(key, 0)).toMatchObject({ outcome: 'begun' });
    });
  });
};
