/** Accounts and their refresh tokens in SQL. */
import { Failure } from '#core/failures.ts';
import { localUserPages } from '#core/job/paging.ts';
import type { Account, AccountStore, RefreshToken } from '#core/ports/account-store.ts';
import { sortable } from './tables.ts';
import type { Db, Tables } from './tables.ts';
import { transact } from './transactions.ts';

const accountOf = (row: Tables['accounts']): Account => ({
  id: row.id,
  name: row.name,
  email: row.email,
  passwordHash: row.password_hash,
  createdAt: row.created_at,
});

const tokenOf = (row: Tables['refresh_tokens']): RefreshToken => ({
  hash: row.hash,
  account: row.account,
  session: row.session,
  expiresAt: row.expires_at,
  replacedAt: row.replaced_at,
});

const exists = (): Failure =>
  new Failure('conflict.exists', { detail: 'There is a user with that e-mail address already.' });

const accounts = (db: Db): Pick<AccountStore, 'create' | 'get' | 'byEmail' | 'list' | 'setPassword'> => {
  const all = db.selectFrom('accounts').selectAll();
  return {
    create: async ({ id, name, email, passwordHash, createdAt }) => {
      const row = { id, name, email, password_hash: passwordHash, created_at: sortable(createdAt) };
      const insert = db.insertInto('accounts').values(row);
      const { numInsertedOrUpdatedRows } = await insert.onConflict((old) => old.doNothing()).executeTakeFirstOrThrow();
      if (!numInsertedOrUpdatedRows) throw exists();
    },
    get: async (id) => {
      const row = await all.where('id', '=', id).executeTakeFirst();
      return row && accountOf(row);
    },
    byEmail: async (email) => {
      const row = await all.where('email', '=', email).executeTakeFirst();
      return row && accountOf(row);
    },
    list: async ({ limit, cursor }) => {
      const after = localUserPages.keyOf(cursor);
      const rows = await (after === undefined ? all : all.where('id', '<', after))
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute();
      return localUserPages.pageOf(rows.map(accountOf), limit, ({ id }) => id);
    },
    setPassword: (id, passwordHash) =>
      transact(db, async (tx) => {
        await tx.updateTable('accounts').set({ password_hash: passwordHash }).where('id', '=', id).execute();
        await tx.deleteFrom('refresh_tokens').where('account', '=', id).execute();
      }),
  };
};

const tokenRow = ({ hash, account, session, expiresAt, replacedAt }: RefreshToken): Tables['refresh_tokens'] => ({
  hash,
  account,
  session,
  expires_at: sortable(expiresAt),
  replaced_at: replacedAt === null ? null : sortable(replacedAt),
});

export const sqlAccountStore = (db: Db): AccountStore => ({
  ...accounts(db),
  addToken: async (token, now) => {
    await db.deleteFrom('refresh_tokens').where('expires_at', '<', sortable(now)).execute();
    await db.insertInto('refresh_tokens').values(tokenRow(token)).execute();
  },
  token: async (hash) => {
    const row = await db.selectFrom('refresh_tokens').selectAll().where('hash', '=', hash).executeTakeFirst();
    return row && tokenOf(row);
  },
  replaceToken: (hash, next, now) =>
    transact(db, async (tx) => {
      const { numUpdatedRows } = await tx
        .updateTable('refresh_tokens')
        .set((row) => ({ replaced_at: row.fn.coalesce('replaced_at', row.val(sortable(now))) }))
        .where('hash', '=', hash)
        .executeTakeFirstOrThrow();
      if (!numUpdatedRows) return false;
      await tx.insertInto('refresh_tokens').values(tokenRow(next)).execute();
      return true;
    }),
  endSession: async (session) => void (await db.deleteFrom('refresh_tokens').where('session', '=', session).execute()),
});
