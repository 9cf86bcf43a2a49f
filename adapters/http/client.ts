import type { Web } from '#core/ports/web.ts';
import { guardedConnector, type Resolve } from './connector.ts';
import { guardedDownload } from './download.ts';
import { usualLimits, type WebLimits } from './limits.ts';
import { guardedRequest } from './request.ts';
import type { PrivateHosts } from './target.ts';

export const undiciWeb = (own: PrivateHosts, limits: Partial<WebLimits>, resolve?: Resolve): Web => {
  const all = { ...usualLimits, ...limits };
  const connect = guardedConnector(own, all.connectSeconds, resolve);
  return { request: guardedRequest(connect, own), download: guardedDownload(connect, own, all) };
};
