/** The identity of one machine over accounts in memory, with passwords that cost little. */
import { memoryAccountStore } from '#adapters/memory/account-store.ts';
import { accessTokens, newKey } from '#adapters/local-identity/access-tokens.ts';
import { localIdentity } from '#adapters/local-identity/identity.ts';
import { scryptPasswords } from '#adapters/local-identity/passwords.ts';
import type { Account } from '#core/ports/account-store.ts';
import type { Clock, Ids } from '#core/ports/clock.ts';
import type { Identity } from '#core/ports/identity.ts';

/** Some hundred times cheaper than what the local host uses. */
export const cheap = { costBits: 10, blockSize: 8, parallelism: 1 };

/** Made when the first token is signed: most tests sign none. */
let key: Promise<string> | undefined;
export const testTokens = (clock: Clock) => accessTokens({ key: () => (key ??= newKey()), clock });

export const memoryIdentity = ({
  clock,
  ids,
  accounts = [],
}: {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly accounts?: readonly Account[] | undefined;
}): Identity =>
  localIdentity({
    accounts: memoryAccountStore(accounts),
    passwords: scryptPasswords(cheap),
    tokens: testTokens(clock),
    clock,
    ids,
  });
