/**
 * The socket behind every request, and the only place that decides whether an address may be spoken to. The decision is
 * made in the socket's own `lookup`, so the address that was checked is the one that is connected to: checking a name first
 * and fetching it then loses to a name server that changes its mind in between.
 */
import type { LookupAddress } from 'node:dns';
import { lookup as lookUp } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { Failure } from '#core/failures.ts';
import { isPublicAddress } from './addresses.ts';
import { hostAndPort, type PrivateHosts } from './target.ts';

/** All addresses of a name. The system's resolver, unless a test says otherwise. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

type Dial = typeof buildConnector;

const forbidden = (hostname: string): Failure =>
  new Failure('input.forbidden_host', { detail: `${hostname} is not an address of the public internet.` });

/** Answers the socket with addresses that all are permitted; one that is not condemns the name. */
const guardedLookup =
  (resolve: Resolve, isPermitted: (address: string) => boolean): LookupFunction =>
  (hostname, options, answer) => {
    const decide = (found: readonly LookupAddress[]): void => {
      const addresses = found.map(({ address, family }) => ({ address, family }));
      const [first] = addresses;
      if (!first || !addresses.every(({ address }) => isPermitted(address))) return answer(forbidden(hostname), []);
      if (options.all) answer(null, addresses);
      else answer(null, first.address, first.family);
    };
    resolve(hostname).then(decide, (error: Error) => answer(error, []));
  };

const systemResolve: Resolve = (hostname) => lookUp(hostname, { all: true });

/**
 * A connector for undici. A host that is written as an address never reaches a lookup, so it is judged by itself; and what
 * the socket says it is connected to is judged once more before a byte of the request is sent.
 */
export const guardedConnector = (
  own: PrivateHosts,
  connectSeconds: number,
  resolve: Resolve = systemResolve,
  dial: Dial = buildConnector,
): buildConnector.connector => {
  const options = { allowH2: false, timeout: connectSeconds * 1000 };
  const toPrivate = dial({ ...options, lookup: guardedLookup(resolve, () => true) });
  const toPublic = dial({ ...options, lookup: guardedLookup(resolve, isPublicAddress) });

  return (target, done) => {
    const { hostname, protocol, port } = target;
    const written = isIP(hostname) === 6 ? `[${hostname}]` : hostname;
    if (own.has(hostAndPort({ hostname: written, protocol, port }))) return toPrivate(target, done);
    if (isIP(hostname) !== 0 && !isPublicAddress(hostname)) return done(forbidden(hostname), null);
    toPublic(target, (...[error, socket]) => {
      if (error) return done(error, null);
      if (isPublicAddress(socket.remoteAddress ?? '')) return done(null, socket);
      socket.destroy();
      done(forbidden(hostname), null);
    });
  };
};
