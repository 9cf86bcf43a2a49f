/** An address that is told of an owner's jobs. Its signing secrets are not here: they are derived (core/ports/signer.ts). */
import * as z from 'zod';
import { EventType } from './events.ts';
import { Owner, WebhookId } from './ids.ts';
import { HttpUrl } from './values.ts';

const Instant = z.iso.datetime();

/**
 * The endpoint that every owner has: it signs what goes to the addresses that jobs name in `notify`, and keeps the
 * deliveries to them.
 */
export const jobsWebhookId = 'whk_00000000000000000000000000';

export const WebhookRecord = z.strictObject({
  owner: Owner,
  id: WebhookId,
  version: z.int().min(1),
  /** Null of `jobsWebhookId` only. */
  url: HttpUrl.nullable(),
  events: z.array(EventType),
  state: z.enum(['active', 'disabled']),
  /** Of the signing secret, from 1. */
  generation: z.int().min(1),
  /** Until then the generation before signs too. */
  previousUntil: Instant.nullable(),
  /** Since when nothing was delivered that was tried; null while all is well. */
  failingSince: Instant.nullable(),
  createdAt: Instant,
});
export type WebhookRecord = z.output<typeof WebhookRecord>;

export const WebhookView = WebhookRecord.omit({ owner: true, version: true, generation: true, previousUntil: true })
  .extend({
    url: HttpUrl.nullable().describe('Null of the endpoint for what jobs name in `notify`.'),
    rotatingUntil: Instant.nullable().describe('Until then the secret before signs too.'),
  })
  .meta({ id: 'Webhook' });
export type WebhookView = z.output<typeof WebhookView>;

export const webhookView = ({ owner: _o, version: _v, generation: _g, previousUntil, ...webhook }: WebhookRecord) => ({
  ...webhook,
  rotatingUntil: previousUntil,
});

/** As it is before anybody asked for its secret. */
export const jobsWebhook = (owner: string): WebhookRecord => ({
  owner,
  id: jobsWebhookId,
  version: 1,
  url: null,
  events: [...EventType.options],
  state: 'active',
  generation: 1,
  previousUntil: null,
  failingSince: null,
  createdAt: '2026-01-01T00:00:00.000Z',
});

/** A name without a dot, or one that only the own network knows. */
const inner = /^[^.]*\.?$|\.(?:localhost|local|internal|lan|home\.arpa)\.?$/;
const literal = /^\[|^\d+\.\d+\.\d+\.\d+$/;

/**
 * Why an address cannot be told anything, undefined where it can as far as its words show: what its name leads to is
 * checked with every message. `privateHosts` are those of the deployer's own network, as `host:port`.
 */
export const addressProblem = (address: string, privateHosts: readonly string[] = []): string | undefined => {
  const url = URL.parse(address);
  if (!url) return 'must be an address such as https://example.com/hook';
  if (url.username || url.password) return 'must hold no user name and no password';
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  if (privateHosts.includes(`${url.hostname}:${port}`)) return undefined;
  if (url.protocol !== 'https:') return 'must begin with https://';
  if (port !== '443') return 'must be on port 443';
  if (inner.test(url.hostname) || literal.test(url.hostname))
    return 'must be on a host that the internet knows by its name';
  return undefined;
};
