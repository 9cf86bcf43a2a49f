import type { Clock } from '../ports/clock.ts';
import { instant } from '../ports/clock.ts';
import type { IdempotencyStore } from '../ports/idempotency-store.ts';

const lookAgainMs = 1_000;
/** Whoever makes something and says nothing for so long is taken to be gone. */
const heldMs = 180_000;

/**
 * What `find` finds; where it finds nothing, what `make` makes, and of any number of callers with the same owner and
 * key one makes it while the others wait. `make` must leave behind what `find` finds. Where the maker was killed, the
 * next one waits three minutes.
 */
export const onlyOnce = async <T>(
  deps: { readonly idempotency: IdempotencyStore; readonly clock: Clock },
  { owner, key, signal }: { readonly owner: string; readonly key: string; readonly signal: AbortSignal },
  { find, make }: { readonly find: () => Promise<T | undefined>; readonly make: () => Promise<T> },
): Promise<T> => {
  let lockedUntil: string;
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    const now = deps.clock.now();
    lockedUntil = instant(now + heldMs);
    const { outcome } = await deps.idempotency.begin(
      { owner, key },
      { fingerprint: key, resourceId: key, now: instant(now), lockedUntil, expiresAt: lockedUntil },
    );
    if (outcome !== 'in_progress') break;
    await deps.clock.sleep(lookAgainMs, signal);
  }
  try {
    return (await find()) ?? (await make());
  } finally {
    await deps.idempotency.abandon({ owner, key, lockedUntil }).catch(() => undefined);
  }
};
