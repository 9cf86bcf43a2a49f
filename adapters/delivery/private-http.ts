import { Failure } from '#core/failures.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Delivery } from '#core/ports/delivery.ts';
import type { Web } from '#core/ports/web.ts';
import { httpsDelivery } from './https.ts';

/** As `httpsDelivery`, without encryption, to the servers of the deployer's own network only. */
export const privateHttpDelivery = ({
  privateHosts,
  ...deps
}: {
  web: Pick<Web, 'request'>;
  clock: Pick<Clock, 'sleep'>;
  /** As `host:port`. */
  privateHosts: readonly string[];
}): Delivery => {
  const delivery = httpsDelivery({ ...deps, protocols: ['http:'] });
  const isPrivate = (to: string): boolean => {
    const url = URL.parse(to);
    return url !== null && privateHosts.includes(`${url.hostname}:${url.port || '80'}`);
  };
  return {
    deliver: async (file, target, options) => {
      if (isPrivate(target.to)) return delivery.deliver(file, target, options);
      throw new Failure('input.forbidden_host', {
        detail: 'Files are sent by http only to the servers that the deployment lists as private; use https.',
      });
    },
  };
};
