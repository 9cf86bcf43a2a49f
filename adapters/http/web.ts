import type { Web } from '#core/ports/web.ts';
import { guardedConnector, type Resolve } from './connector.ts';
import { guardedDownload } from './download.ts';
import { usualLimits, type WebLimits } from './limits.ts';
import { guardedRequest } from './request.ts';
import { privateHosts } from './target.ts';

export interface GuardedWebOptions {
  /**
   * Servers of the deployer's own network, each as `host:port`, spelled as in the URLs that name them. They are exempt from
   * the rules about addresses and ports, whoever asks and however a request gets there; nothing else of that network is.
   */
  readonly privateHosts?: readonly string[];
  readonly limits?: Partial<WebLimits>;
  /** All addresses of a name; the system's resolver where it is left out. */
  readonly resolve?: Resolve;
}

/** HTTP for addresses that strangers name, over undici. Proxies of the environment are not used: they would look up names. */
export const guardedWeb = (options: GuardedWebOptions = {}): Web => {
  const limits = { ...usualLimits, ...options.limits };
  const own = privateHosts(options.privateHosts ?? []);
  const connect = guardedConnector(own, limits.connectSeconds, options.resolve);
  return { request: guardedRequest(connect, own), download: guardedDownload(connect, own, limits) };
};
