/** What one has in hand who is signed in. */
export interface Session {
  readonly accessToken: string;
  /** Where there is none, the access token does not expire. */
  readonly refreshToken?: string | undefined;
  /** True where it comes from the pages of a user pool, which have a session of their own. */
  readonly managed?: boolean | undefined;
}
