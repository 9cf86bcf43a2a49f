import { expect, test } from 'vitest';
import { manualClock } from '#adapters/memory/clock.ts';
import { memoryIdempotencyStore } from '#adapters/memory/idempotency-store.ts';
import { onlyOnce } from '#core/usecases/only-once.ts';

const key = { owner: 'ana', key: 'speech:1' };
const signal = new AbortController().signal;

test('what somebody has made between the look and the reservation is found and not made again', async () => {
  const deps = { idempotency: memoryIdempotencyStore(), clock: manualClock() };
  const found = [undefined, 'theirs'];
  const thing = await onlyOnce(
    deps,
    { ...key, signal },
    { find: async () => found.shift(), make: () => Promise.reject(new Error('made again')) },
  );
  expect(thing).toBe('theirs');
});

test('whoever waits gives up when it is told to', async () => {
  const deps = { idempotency: memoryIdempotencyStore(), clock: manualClock() };
  const stop = new AbortController();
  const never = new Promise<string>(() => undefined);
  const find = async (): Promise<string | undefined> => undefined;
  void onlyOnce(deps, { ...key, signal }, { find, make: () => never });
  const second = onlyOnce(deps, { ...key, signal: stop.signal }, { find, make: async () => 'second' });
  stop.abort(new Error('told to'));
  await expect(second).rejects.toThrow('told to');
});

test('a maker that was killed is followed by the next one after three minutes', async () => {
  const clock = manualClock();
  const deps = { idempotency: memoryIdempotencyStore(), clock };
  const now = new Date(clock.now()).toISOString();
  const until = new Date(clock.now() + 180_000).toISOString();
  await deps.idempotency.begin(key, {
    fingerprint: key.key,
    resourceId: key.key,
    now,
    lockedUntil: until,
    expiresAt: until,
  });
  const started = clock.now();
  const waiting = onlyOnce(deps, { ...key, signal }, { find: async () => undefined, make: async () => clock.now() });
  for (let seconds = 0; seconds < 200; seconds += 1) {
    await new Promise(setImmediate);
    clock.advance(1000);
  }
  expect((await waiting) - started).toBeGreaterThanOrEqual(180_000);
});
