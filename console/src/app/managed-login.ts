/**
 * Signing in on the pages of a user pool: the code flow (RFC 6749, 4.1) with PKCE (RFC 7636). The tab that begins it keeps a
 * secret, without which the code that comes back in its address is worth nothing.
 */
import type { ManagedLogin } from '#console/console-config.ts';
import type { Session } from './tokens.ts';

interface Pending {
  readonly state: string;
  readonly verifier: string;
  /** Where one wanted to be, which stands behind `#` and does not come back. */
  readonly place: string;
}

const key = 'kinoduct.signing-in';

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCodePoint(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

const random = (): string => base64url(crypto.getRandomValues(new Uint8Array(32)));

const challengeOf = async (verifier: string): Promise<string> =>
  base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));

const here = (): string => `${location.origin}/`;

/** Leaves for those pages. */
export const goToLogin = async ({ url, clientId, scopes }: ManagedLogin): Promise<void> => {
  const pending: Pending = { state: random(), verifier: random(), place: location.hash };
  sessionStorage.setItem(key, JSON.stringify(pending));
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: here(),
    scope: scopes.join(' '),
    state: pending.state,
    code_challenge: await challengeOf(pending.verifier),
    code_challenge_method: 'S256',
  });
  location.assign(`${url}/oauth2/authorize?${query.toString()}`);
};

/** Ends the session of those pages too, or the next one to sign in would not be asked who it is. */
export const leaveLogin = ({ url, clientId }: ManagedLogin): void => {
  const query = new URLSearchParams({ client_id: clientId, logout_uri: here() });
  location.assign(`${url}/logout?${query.toString()}`);
};

const taken = (): Pending | undefined => {
  const text = sessionStorage.getItem(key);
  sessionStorage.removeItem(key);
  return text === null ? undefined : (JSON.parse(text) as Pending); // true: only `goToLogin` writes it
};

/**
 * What the code in the address is worth; the address forgets it at once. Undefined where there is none, and where this tab
 * did not ask for it. Fails where it is worth nothing.
 */
export const comeBack = async ({ url, clientId }: ManagedLogin): Promise<Session | undefined> => {
  const query = new URLSearchParams(location.search);
  const code = query.get('code');
  if (code === null && !query.has('error')) return undefined;
  const pending = taken();
  history.replaceState(null, '', location.pathname);
  if (pending === undefined || query.get('state') !== pending.state) return undefined;
  if (pending.place !== '') location.hash = pending.place;
  if (code === null) throw new Error('The sign-in was not finished.');
  const response = await fetch(`${url}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: clientId,
      code,
      redirect_uri: here(),
      code_verifier: pending.verifier,
    }),
  });
  if (!response.ok) throw new Error('The sign-in has expired.');
  const tokens = (await response.json()) as { access_token: string; refresh_token: string }; // true: RFC 6749, 5.1
  return { accessToken: tokens.access_token, refreshToken: tokens.refresh_token, managed: true };
};
