/** Accounts of one machine and their refresh tokens, of which it knows hashes only. */
import type { User } from '../job/user.ts';
import type { Page } from './job-store.ts';

export interface Account extends Pick<User, 'id' | 'email' | 'createdAt'> {
  readonly name: string;
  /** Null where the user has not chosen a password. */
  readonly passwordHash: string | null;
}

export interface RefreshToken {
  readonly hash: string;
  readonly account: string;
  /** Tokens that came from one another, from the one that signing in gave. */
  readonly session: string;
  readonly expiresAt: string;
  /** When the next one was given for it. */
  readonly replacedAt: string | null;
}

export interface AccountStore {
  /** Fails with `conflict.exists` where the address, or the id, is another account's. */
  create(account: Account): Promise<void>;
  /** Resolves to undefined when there is none. */
  get(id: string): Promise<Account | undefined>;
  byEmail(email: string): Promise<Account | undefined>;
  /** Newest first (by id). A cursor that was not made here is `spec.invalid`. */
  list(query: { readonly limit: number; readonly cursor?: string | undefined }): Promise<Page<Account>>;
  /** Forgets the account's refresh tokens with it. */
  setPassword(id: string, passwordHash: string): Promise<void>;

  /** Keeps a new token, and forgets those that expired before `now`. */
  addToken(token: RefreshToken, now: string): Promise<void>;
  token(hash: string): Promise<RefreshToken | undefined>;
  /**
   * Keeps the token that was given for one, and the time of the first such. Resolves to false, and keeps nothing, where
   * the one is not known any more.
   */
  replaceToken(hash: string, next: RefreshToken, now: string): Promise<boolean>;
  /** Forgets every token of the session. */
  endSession(session: string): Promise<void>;
}
