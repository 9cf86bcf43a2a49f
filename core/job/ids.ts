/** Ids are a prefix that tells the kind and a ULID, so they sort by the time they were made. */
import * as z from 'zod';

const ulid = '[0-9A-HJKMNP-TV-Z]{26}';
const idOf = (prefix: string) =>
  z.string().regex(new RegExp(`^${prefix}_${ulid}$`), `must be an id such as ${prefix}_01J9ZK3V8Q6X4T2N7M5R1W0YBD`);

export const JobId = idOf('job');
export const UploadId = idOf('upl');
export const MediaId = idOf('med');
export const EventId = idOf('evt');
export const WebhookId = idOf('whk');
/** Of one event to one address. */
export const NoticeId = idOf('dlv');

/** Of an account on one machine; Cognito makes ids of its own. */
export const LocalUserId = idOf('usr');

/** Who a row belongs to: an opaque name that the identity of the request was mapped to. It is safe inside a key. */
export const Owner = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
export type Owner = z.output<typeof Owner>;

export type IdKind = 'job' | 'upl' | 'med' | 'whk' | 'usr' | 'run' | 'req';
