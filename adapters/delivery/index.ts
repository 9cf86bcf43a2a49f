import type { Buckets } from '#core/ports/buckets.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Deliveries } from '#core/ports/delivery.ts';
import type { Web } from '#core/ports/web.ts';
import { bucketDelivery } from './buckets.ts';
import { googleDriveDelivery } from './google-drive/delivery.ts';
import { httpsDelivery } from './https.ts';
import { imgurDelivery } from './imgur.ts';
import { privateHttpDelivery } from './private-http.ts';
import { redditDelivery } from './reddit/delivery.ts';

/** Where services stand that are not where the internet has them: behind a proxy, or in a test. */
export type ServiceUrls = Readonly<Partial<Record<'drive' | 'imgur' | 'reddit', string | undefined>>>;

/** The paths of the services below one address of ours. */
const at = ({ drive, imgur, reddit }: ServiceUrls) => ({
  drive: drive && { token: `${drive}/token`, api: `${drive}/drive/v3`, upload: `${drive}/upload/drive/v3` },
  imgur: imgur && `${imgur}/3`,
  reddit: reddit && { token: `${reddit}/api/v1/access_token`, api: reddit },
});

/** Every scheme of `deliver.to`, spoken as the services of the internet speak it. */
export const deliveries = ({
  urls = {},
  privateHosts = [],
  ...deps
}: {
  web: Pick<Web, 'request'>;
  buckets: Pick<Buckets, 'upload'>;
  clock: Pick<Clock, 'sleep'>;
  urls?: ServiceUrls;
  /** As `host:port`: the only servers that files are sent to without encryption. */
  privateHosts?: readonly string[];
}): Deliveries => {
  const { drive, imgur, reddit } = at(urls);
  return {
    s3: bucketDelivery(deps),
    https: httpsDelivery(deps),
    http: privateHttpDelivery({ ...deps, privateHosts }),
    gdrive: googleDriveDelivery({ ...deps, ...(drive ? { urls: drive } : {}) }),
    imgur: imgurDelivery({ ...deps, ...(imgur ? { api: imgur } : {}) }),
    reddit: redditDelivery({ ...deps, ...(reddit ? { urls: reddit } : {}) }),
  };
};
