import type { Buckets } from '#core/ports/buckets.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Deliveries } from '#core/ports/delivery.ts';
import type { Web } from '#core/ports/web.ts';
import { bucketDelivery } from './buckets.ts';
import { googleDriveDelivery } from './google-drive/delivery.ts';
import { httpsDelivery } from './https.ts';
import { imgurDelivery } from './imgur.ts';
import { redditDelivery } from './reddit/delivery.ts';

/** Every scheme of `deliver.to`, spoken as the services of the internet speak it. */
export const deliveries = (deps: {
  web: Pick<Web, 'request'>;
  buckets: Pick<Buckets, 'upload'>;
  clock: Pick<Clock, 'sleep'>;
}): Deliveries => ({
  s3: bucketDelivery(deps),
  https: httpsDelivery(deps),
  gdrive: googleDriveDelivery(deps),
  imgur: imgurDelivery(deps),
  reddit: redditDelivery(deps),
});
