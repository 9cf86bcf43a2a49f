/**
 * Who is signed in. Tokens live in `sessionStorage`: they end with the browser's tab, no other origin and no other port of
 * this machine sees them, and they are in no address. A new tab asks those that are open.
 */
import { signal } from '@preact/signals';
import { comeBack } from './managed-login.ts';
import { managedLogin, readPlace } from './place.ts';
import type { Session } from './tokens.ts';

const key = 'kinoduct.session';
/** How long a new tab waits for the others. */
const askMs = 200;

const stored = (): Session | undefined => {
  const text = sessionStorage.getItem(key);
  return text === null ? undefined : (JSON.parse(text) as Session); // true: only `keep` writes it
};

export const session = signal<Session | undefined>(stored());
/** `starting` until it is known whether somebody is signed in. */
export const phase = signal<'starting' | 'in' | 'out'>('starting');
/** Why the link, or the page, that led here did not sign anybody in. */
export const linkProblem = signal<string | undefined>(undefined);

type Message = { readonly ask: true } | { readonly session: Session } | { readonly out: true };
const tabs = new BroadcastChannel(key);
const tell = (message: Message): void => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is of one origin, and takes none
  tabs.postMessage(message);
};

const keep = (next: Session | undefined): void => {
  session.value = next;
  if (next) sessionStorage.setItem(key, JSON.stringify(next));
  else sessionStorage.removeItem(key);
  phase.value = next ? 'in' : 'out';
};

/** Of this tab and of all others. */
export const signIn = (next: Session): void => {
  keep(next);
  linkProblem.value = undefined;
  tell({ session: next });
};

export const signOut = (): void => {
  keep(undefined);
  tell({ out: true });
};

tabs.addEventListener('message', ({ data }: MessageEvent<Message>) => {
  if ('ask' in data) {
    if (session.value) tell({ session: session.value });
  } else if ('out' in data) keep(undefined);
  else if (phase.value !== 'starting' || !session.value) keep(data.session);
});

/** Trades the code of a one-time link; the address forgets it at once. */
const redeem = async (link: string): Promise<void> => {
  history.replaceState(null, '', `${location.pathname}#/`);
  const response = await fetch('/console/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ link }),
  }).catch(() => undefined);
  if (response?.ok) {
    const { token } = (await response.json()) as { token: string }; // true: local/console.ts
    signIn({ accessToken: token });
  } else if (!session.value)
    linkProblem.value = response ? 'That link has been used, or its server was started again.' : 'No server answered.';
};

/** Ends what was begun on the pages of a user pool. */
const finishLogin = async (): Promise<void> => {
  const login = managedLogin();
  if (!login) return;
  try {
    const next = await comeBack(login);
    if (next) signIn(next);
  } catch (error) {
    linkProblem.value = `${error instanceof Error ? error.message : String(error)} Please sign in again.`;
  }
};

const askTabs = (): Promise<void> => {
  tell({ ask: true });
  return new Promise((resolve) => setTimeout(resolve, askMs));
};

const linkCode = (): string | undefined => /^#link=([\w-]+)$/.exec(location.hash)?.[1];

/** Called once, before anything is drawn. */
export const startSession = async (): Promise<void> => {
  const code = linkCode();
  const place = readPlace();
  if (code !== undefined) await redeem(code);
  await place;
  if (!session.value) await finishLogin();
  if (!session.value) await askTabs();
  phase.value = session.value ? 'in' : 'out';
};

// A link that is opened in a tab of the console changes what stands behind `#` only.
addEventListener('hashchange', () => {
  const code = linkCode();
  if (code !== undefined) void redeem(code);
});
