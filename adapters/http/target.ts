/** What a URL may look like before anything is looked up. Where it leads is decided in connector.ts. */
import { Failure } from '#core/failures.ts';

/** The servers of the deployer's own network that may be spoken to, as `host:port`. */
export type PrivateHosts = ReadonlySet<string>;

export const privateHosts = (pairs: readonly string[]): PrivateHosts =>
  new Set(
    pairs.map((pair) => {
      const url = /^[^/?#@\\]+:\d+$/.test(pair) ? URL.parse(`http://${pair}`) : null;
      if (!url) throw new TypeError(`A private host is written as host:port, not as "${pair}"`);
      return hostAndPort(url);
    }),
  );

/** The port is always written out, so that `http://nas` is `nas:80` and `https://nas` is `nas:443`. */
export const hostAndPort = ({ hostname, port, protocol }: Pick<URL, 'hostname' | 'port' | 'protocol'>): string =>
  `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;

/** What may be shown of an address: a query often holds a signature, and user names have no business in one. */
export const placeOf = (url: URL): string => `${url.host}${url.pathname}`;

const forbidden = (detail: string): Failure => new Failure('input.forbidden_host', { detail });

/**
 * The URL as browsers read it (WHATWG: `127.1`, `0x7f.1` and `①②⑦.0.0.1` all become `127.0.0.1`). Fails with
 * `input.forbidden_host` unless it is http or https, without a user name, on port 80 or 443.
 */
export const admit = (address: string, own: PrivateHosts, base?: URL): URL => {
  const url = URL.parse(address, base?.href);
  if (!url) throw forbidden('The address is not a URL.');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw forbidden(`Only http and https addresses are read, not ${url.protocol}`);
  }
  if (url.username || url.password) throw forbidden(`The address at ${url.host} holds a user name or a password.`);
  if (own.has(hostAndPort(url))) return url;
  // RFC 6761: this machine, whether or not the resolver knows it.
  if (/(^|\.)localhost\.?$/.test(url.hostname)) throw forbidden(`${url.hostname} is this machine.`);
  if (!['', '80', '443'].includes(url.port)) {
    throw forbidden(`Port ${url.port} of ${url.hostname} may not be read, only 80 and 443.`);
  }
  return url;
};
