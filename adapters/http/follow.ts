/** A GET through its redirects, each hop checked as if a stranger had named it, because one did. */
import type { Agent } from 'undici';
import { Failure } from '#core/failures.ts';
import { type Answer, exchange, headerOf, unreachable } from './exchange.ts';
import { admit, type PrivateHosts, placeOf } from './target.ts';

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const maxRedirects = 3;

export interface Pursuit {
  readonly agent: Agent;
  readonly own: PrivateHosts;
  readonly url: URL;
  /** The caller's, which may hold a password: only the first origin gets them. */
  readonly headers: Readonly<Record<string, string>>;
  /** The client's own, such as `range`. */
  readonly standing: Readonly<Record<string, string>>;
}

const nextHop = (answer: Answer, from: URL, own: PrivateHosts): URL => {
  const url = admit(headerOf(answer, 'location') ?? '', own, from);
  if (from.protocol === 'https:' && url.protocol === 'http:') {
    throw new Failure('input.forbidden_host', { detail: `${placeOf(from)} redirects from https to http.` });
  }
  return url;
};

/** At most three redirects, never from https to http; the caller's headers end with the origin that they were meant for. */
export const follow = async ({ agent, own, standing, ...first }: Pursuit, signal: AbortSignal): Promise<Answer> => {
  let { url, headers } = first;
  for (let hops = 0; ; hops++) {
    const answer = await exchange(agent, { url, method: 'GET', headers: { ...headers, ...standing } }, signal);
    if (!redirects.has(answer.status) || answer.headers['location'] === undefined) return answer;
    answer.discard();
    if (hops === maxRedirects) throw unreachable(`${placeOf(first.url)} redirects more than ${maxRedirects} times.`);
    const next = nextHop(answer, url, own);
    if (next.origin !== url.origin) headers = {};
    url = next;
  }
};
