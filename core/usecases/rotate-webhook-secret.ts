import { Failure, hasCode } from '../failures.ts';
import { jobsWebhookId, type WebhookRecord } from '../job/webhook-record.ts';
import { type Clock, instant } from '../ports/clock.ts';
import type { Signer } from '../ports/signer.ts';
import type { WebhookStore } from '../ports/webhook-store.ts';
import type { Owned } from './owned.ts';
import { ownedWebhook } from './owned-webhook.ts';

type Deps = { webhooks: WebhookStore; clock: Clock; signer: Signer };

/** As long as both secrets sign. */
const overlapMs = 24 * 3_600_000;

const rotated = async (deps: Deps, webhook: WebhookRecord, now: number): Promise<WebhookRecord> => {
  const { owner, id, previousUntil } = webhook;
  // The one for what jobs name begins to exist when its secret is asked for.
  if (id === jobsWebhookId && !(await deps.webhooks.get(owner, id))) {
    await deps.webhooks.create(webhook);
    return webhook;
  }
  if (previousUntil !== null && Date.parse(previousUntil) > now) return webhook;
  return deps.webhooks.update({
    ...webhook,
    generation: webhook.generation + 1,
    previousUntil: instant(now + overlapMs),
  });
};

/**
 * Makes a new signing secret and answers it; the one before goes on signing for a day. Asked again within that day it
 * answers the same, so that an answer that was lost costs nothing. Fails with `not_found`.
 */
export const rotateWebhookSecret = async (
  deps: Deps,
  wanted: Owned,
): Promise<{ webhook: WebhookRecord; secret: string }> => {
  for (;;) {
    try {
      const webhook = await rotated(deps, await ownedWebhook(deps, wanted), deps.clock.now());
      const { owner, id, generation } = webhook;
      return { webhook, secret: await deps.signer.secret({ owner, webhook: id, generation }) };
    } catch (error) {
      // Another request was quicker.
      if (!(error instanceof Failure) || !hasCode(error, 'conflict.state')) throw error;
    }
  }
};
