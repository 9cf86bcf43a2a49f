/** Accounts in this process's memory: for tests of the API. */
import { Failure } from '#core/failures.ts';
import { localUserPages } from '#core/job/paging.ts';
import type { Account, AccountStore, RefreshToken } from '#core/ports/account-store.ts';

/** Starts with the given accounts. */
export const memoryAccountStore = (stored: readonly Account[] = []): AccountStore => {
  const accounts = new Map(stored.map((account) => [account.id, account]));
  const tokens = new Map<string, RefreshToken>();
  const forget = (isMeant: (token: RefreshToken) => boolean): void => {
    for (const token of tokens.values()) if (isMeant(token)) tokens.delete(token.hash);
  };
  const byEmail = (email: string): Account | undefined => accounts.values().find((row) => row.email === email);
  return {
    create: async (account) => {
      if (accounts.has(account.id) || byEmail(account.email))
        throw new Failure('conflict.exists', { detail: 'There is a user with that e-mail address already.' });
      accounts.set(account.id, account);
    },
    get: async (id) => accounts.get(id),
    byEmail: async (email) => byEmail(email),
    list: async ({ limit, cursor }) => {
      const after = localUserPages.keyOf(cursor);
      const found = [...accounts.values()].filter(({ id }) => after === undefined || id < after);
      return localUserPages.pageOf(
        found.sort((a, b) => (a.id < b.id ? 1 : -1)),
        limit,
        ({ id }) => id,
      );
    },
    setPassword: async (id, passwordHash) => {
      const account = accounts.get(id);
      if (account) accounts.set(id, { ...account, passwordHash });
      forget((token) => token.account === id);
    },
    addToken: async (token, now) => {
      forget(({ expiresAt }) => expiresAt < now);
      tokens.set(token.hash, token);
    },
    token: async (hash) => tokens.get(hash),
    replaceToken: async (hash, next, now) => {
      const token = tokens.get(hash);
      if (!token) return false;
      tokens.set(hash, { ...token, replacedAt: token.replacedAt ?? now }).set(next.hash, next);
      return true;
    },
    endSession: async (session) => forget((token) => token.session === session),
  };
};
