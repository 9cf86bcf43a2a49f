/** The API, as whoever is signed in; and whether it can be reached at all. */
import { signal } from '@preact/signals';
import { type Api, ApiError, apiClient, type Problem } from '#client/api.ts';
import { leaveLogin } from './managed-login.ts';
import { managedLogin } from './place.ts';
import { session, signIn, signOut } from './session.ts';

/** False while requests get no answer: a server that is started again is back in a moment. */
export const online = signal(true);

const send = async (url: string, init: RequestInit): Promise<Response> => {
  try {
    const response = await fetch(url, init);
    online.value = true;
    return response;
  } catch (error) {
    if (!init.signal?.aborted) online.value = false;
    throw error;
  }
};

const authorization = (): string | undefined => session.value && `Bearer ${session.value.accessToken}`;

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

let refreshing: Promise<boolean> | undefined;

/** New tokens for old ones. Requests that fail at the same time share the answer. */
const refresh = (refreshToken: string): Promise<boolean> => {
  const ask = async (): Promise<boolean> => {
    const response = await send('/v1/auth/token', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refreshToken }),
    });
    const managed = session.value?.managed;
    if (response.ok) signIn({ ...((await response.json()) as Tokens), managed }); // true: the API's schema
    return response.ok;
  };
  refreshing ??= ask().finally(() => {
    refreshing = undefined;
  });
  return refreshing;
};

/** Where the token is refused it is renewed once; where it cannot be, nobody is signed in any more. */
const sendSigned = async (url: string, init: RequestInit): Promise<Response> => {
  const used = session.value;
  const response = await send(url, init);
  if (response.status !== 401 || !used) return response;
  const renewed =
    session.value?.accessToken !== used.accessToken ||
    (used.refreshToken !== undefined && (await refresh(used.refreshToken)));
  if (!renewed) {
    signOut();
    return response;
  }
  return send(url, { ...init, headers: { ...init.headers, authorization: authorization() ?? '' } });
};

/** Where that fails, the session ends by itself. */
const revoke = async (refreshToken: string): Promise<void> => {
  await send('/v1/auth/revoke', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ refreshToken }),
  }).catch(() => undefined);
};

/** Signs out, and ends the sessions at the server and on the pages of a user pool too where there are such. */
export const leave = async (): Promise<void> => {
  const { refreshToken, managed } = session.value ?? {};
  const login = managed ? managedLogin() : undefined;
  signOut();
  if (refreshToken !== undefined) await revoke(refreshToken);
  if (login) leaveLogin(login);
};

/** Beside the page, wherever it is served. */
export const api: Api = apiClient({ url: '', authorization, fetch: sendSigned });

export const problemIn = (error: unknown): Problem | undefined =>
  error instanceof ApiError ? error.problem : undefined;

/** For people. */
export const messageOf = (error: unknown): string => {
  if (error instanceof ApiError) return error.message;
  if (error instanceof TypeError) return 'The server does not answer.';
  return error instanceof Error ? error.message : String(error);
};

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** A new key for a request that must be carried out once, however often it is sent. */
export const idempotencyKey = (): Record<string, string> => ({ 'idempotency-key': crypto.randomUUID() });

type Opened = { readonly url: string; readonly expiresAt: string };
const signed = new Map<string, Opened>();
/** An address is asked for again before it expires. */
const marginMs = 60_000;

/** The signed address of a file, which can be shown or downloaded without a token. */
export const openFile = async (file: string, disposition: 'inline' | 'attachment'): Promise<string> => {
  const path = `${file}?disposition=${disposition}`;
  const known = signed.get(path);
  if (known && Date.parse(known.expiresAt) - Date.now() > marginMs) return known.url;
  const opened = await api.json<Opened>('GET', path, { headers: { accept: 'application/json' } });
  signed.set(path, opened);
  return opened.url;
};
