import type { Web } from '#core/ports/web.ts';
import type { Resolve } from './connector.ts';
import type { WebLimits } from './limits.ts';
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

/**
 * HTTP for addresses that strangers name, over undici. Proxies of the environment are not used: they would look up names.
 * The client is loaded with the first request, because undici takes 0.1 s and 30 MiB, and many a host never makes one.
 */
export const guardedWeb = ({ limits = {}, resolve, ...options }: GuardedWebOptions = {}): Web => {
  const own = privateHosts(options.privateHosts ?? []);
  let made: Promise<Web> | undefined;
  const web = (): Promise<Web> =>
    (made ??= import('./client.ts').then(({ undiciWeb }) => undiciWeb(own, limits, resolve)));
  return {
    request: async (request, signal) => (await web()).request(request, signal),
    download: async (download, signal) => (await web()).download(download, signal),
  };
};
