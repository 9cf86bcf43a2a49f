/**
 * Accounts, and tokens for their passwords. What a token proves is checked in front of the API, not here.
 * `test/contract/identity.contract.ts` tests every sentence.
 */
import type { NewUser, User } from '../job/user.ts';
import type { Page } from './job-store.ts';

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

export interface Tokens {
  /** What requests carry: a JWT with Cognito's claims. */
  readonly accessToken: string;
  /** Good for one `refresh`, and for some seconds more, so that an answer that was lost can be asked for again. */
  readonly refreshToken: string;
  /** How long the access token is valid from now. */
  readonly expiresInSeconds: number;
}

export interface Identity {
  /**
   * Makes an account, `active` with a password and `invited` without. Fails with `conflict.exists` where the address
   * has one, in whatever capitals, and with `spec.invalid` where the password is refused.
   */
  create(user: NewUser): Promise<User>;
  /** Resolves to undefined where nobody has that id. */
  get(id: string): Promise<User | undefined>;
  /** Every account once, over pages of up to `limit` (1..1000). A cursor that was not made here is `spec.invalid`. */
  list(query: { readonly limit: number; readonly cursor?: string | undefined }): Promise<Page<User>>;
  /**
   * Fails with `auth.failed` in the same words and with the same work, whether there is no such account, it has no
   * password or another one; with `auth.throttled` after many attempts; with `auth.challenge` where the password is
   * right and not enough.
   */
  signIn(credentials: Credentials): Promise<Tokens>;
  /** New tokens for those of a session, which ends when it would have ended. Fails with `auth.failed`. */
  refresh(refreshToken: string): Promise<Tokens>;
  /** Ends the session that the refresh token belongs to. A token of no session is fine. */
  revoke(refreshToken: string): Promise<void>;
  /**
   * Replaces the password and ends every session of the account. Fails with `auth.failed` where `password` is not the
   * present one, with `auth.throttled` and `auth.challenge` like `signIn`, and with `spec.invalid` where the new one is
   * refused.
   */
  changePassword(change: {
    readonly id: string;
    readonly password: string;
    readonly newPassword: string;
  }): Promise<void>;
}
