/** What whoever serves the console tells it about where it is. */

/** Where that lies, below the console's address. */
export const configPath = 'console/config.json';

/** Pages of a user pool: there people choose a password, sign in, and are asked for a second factor. */
export interface ManagedLogin {
  /** Without a path and without a slash at its end. */
  readonly url: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** Origins of the console that those pages lead back to. From any other one signs in with a password. */
  readonly origins: readonly string[];
  /** The address of the page to sign in, for who does not come back: to choose the first password, or a forgotten one. */
  readonly page: string;
}

export interface ConsoleConfig {
  /** True on the machine of whoever looks, where a command makes links that sign in. */
  readonly local: boolean;
  readonly managedLogin?: ManagedLogin;
}
