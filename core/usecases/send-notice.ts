/** One notice, tried once. At least once: who crashes between sending and recording leaves it to be sent again, with the same id. */
import { Failure, hasCode, toFailure } from '../failures.ts';
import { type JobEvent, jobEvents } from '../job/events.ts';
import { type NoticeAttempt, type NoticeRecord, tried } from '../job/notice-record.ts';
import { addressProblem, type WebhookRecord } from '../job/webhook-record.ts';
import { type Clock, instant } from '../ports/clock.ts';
import type { EventBus } from '../ports/event-bus.ts';
import type { JobStore } from '../ports/job-store.ts';
import type { Log } from '../ports/log.ts';
import type { Signer } from '../ports/signer.ts';
import type { Web } from '../ports/web.ts';
import type { NoticeKey, WebhookStore } from '../ports/webhook-store.ts';
import { ownedWebhook } from './owned-webhook.ts';

export type SendNoticeDeps = {
  readonly jobs: Pick<JobStore, 'get'>;
  readonly webhooks: WebhookStore;
  readonly web: Pick<Web, 'request'>;
  readonly bus: EventBus;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly log: Log;
  /** Of the deployer's own network, as `host:port`; the client has to know them too. */
  readonly privateHosts?: readonly string[];
};

/** Whoever took a notice and has not said how it went by then has crashed. */
const leaseMs = 60_000;
const answerSeconds = 5;
const disabledAfterMs = 5 * 86_400_000;

/** Nobody listens there any more: https://www.standardwebhooks.com says to stop then. */
const gone = 410;

/** Undefined where it is not due any more, or another sender has taken it. */
const take = async (deps: SendNoticeDeps, key: NoticeKey): Promise<NoticeRecord | undefined> => {
  const now = deps.clock.now();
  const notice = await deps.webhooks.notice(key);
  if (!notice || notice.nextAt === null || Date.parse(notice.nextAt) > now) return undefined;
  try {
    return await deps.webhooks.updateNotice({ ...notice, nextAt: instant(now + leaseMs) });
  } catch (error) {
    if (hasCode(error, 'conflict.state')) return undefined;
    throw error;
  }
};

const signatureOf = async (deps: SendNoticeDeps, webhook: WebhookRecord, text: string): Promise<string> => {
  const { owner, id, generation, previousUntil } = webhook;
  const isRotating = previousUntil !== null && Date.parse(previousUntil) > deps.clock.now();
  const generations = isRotating ? [generation, generation - 1] : [generation];
  const signatures = await Promise.all(
    generations.map((each) => deps.signer.sign({ owner, webhook: id, generation: each }, text)),
  );
  return signatures.map((signature) => `v1,${signature}`).join(' ');
};

/** Resolves to the status of the answer. */
const post = async (deps: SendNoticeDeps, webhook: WebhookRecord, url: string, event: JobEvent): Promise<number> => {
  const problem = addressProblem(url, deps.privateHosts);
  if (problem !== undefined) throw new Failure('input.forbidden_host', { detail: `The address ${problem}.` });
  const { id, ...content } = event;
  const body = JSON.stringify(content);
  const sentAt = String(Math.floor(deps.clock.now() / 1000));
  const answer = await deps.web.request({
    method: 'POST',
    url,
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': sentAt,
      'webhook-signature': await signatureOf(deps, webhook, `${id}.${sentAt}.${body}`),
    },
    body,
    timeoutSeconds: answerSeconds,
    answer: 'status',
  });
  return answer.status;
};

interface Try {
  readonly status: number | null;
  readonly error: string | null;
  readonly outcome: 'delivered' | 'failed' | 'final';
}

const outcomeOf = (status: number): Try['outcome'] => {
  if (status >= 200 && status < 300) return 'delivered';
  return status === gone ? 'final' : 'failed';
};

const send = async (deps: SendNoticeDeps, webhook: WebhookRecord, notice: NoticeRecord): Promise<Try> => {
  const givenUp = (error: string): Try => ({ status: null, error, outcome: 'final' });
  if (webhook.state === 'disabled') return givenUp('The webhook is disabled.');
  const job = await deps.jobs.get(notice.jobId);
  const event = job && jobEvents(job).find(({ id }) => id === notice.event.id);
  if (!event) return givenUp('The job was removed.');
  try {
    if (notice.url === null) {
      await deps.bus.put(event);
      return { status: null, error: null, outcome: 'delivered' };
    }
    const status = await post(deps, webhook, notice.url, event);
    const outcome = outcomeOf(status);
    return { status, error: outcome === 'delivered' ? null : `It answered ${status}.`, outcome };
  } catch (error) {
    // What a failure says is for the owner; what anything else says may be for nobody.
    return { status: null, error: toFailure(error).message, outcome: 'failed' };
  }
};

/** What a try says of its endpoint. Of one that jobs use it says nothing: that has as many addresses as they name. */
const judged = (webhook: WebhookRecord, { status, outcome }: Try, now: number): WebhookRecord => {
  if (webhook.url === null || webhook.state === 'disabled') return webhook;
  if (outcome === 'delivered') return webhook.failingSince === null ? webhook : { ...webhook, failingSince: null };
  const failingSince = webhook.failingSince ?? instant(now);
  const isLost = status === gone || now - Date.parse(failingSince) >= disabledAfterMs;
  if (isLost) return { ...webhook, failingSince, state: 'disabled' };
  return webhook.failingSince === null ? { ...webhook, failingSince } : webhook;
};

/** A conflict means that somebody else knows better. */
const unlessChanged = async (write: () => Promise<unknown>): Promise<void> => {
  try {
    await write();
  } catch (error) {
    if (!hasCode(error, 'conflict.state')) throw error;
  }
};

const endpointOf = async (
  deps: SendNoticeDeps,
  { owner, webhook }: NoticeRecord,
): Promise<WebhookRecord | undefined> => {
  try {
    return await ownedWebhook(deps, { id: webhook, owner });
  } catch (error) {
    if (hasCode(error, 'not_found')) return undefined;
    throw error;
  }
};

/** Resolves to how it ended, undefined where it was not this call's to send. */
export const sendNotice = async (deps: SendNoticeDeps, key: NoticeKey): Promise<NoticeRecord['state'] | undefined> => {
  const notice = await take(deps, key);
  if (!notice) return undefined;
  const began = deps.clock.now();
  const webhook = await endpointOf(deps, notice);
  const result: Try = webhook
    ? await send(deps, webhook, notice)
    : { status: null, error: 'The webhook was removed.', outcome: 'final' };
  const ended = deps.clock.now();
  const attempt: NoticeAttempt = {
    at: instant(ended),
    status: result.status,
    ms: Math.max(0, ended - began),
    error: result.error,
  };
  const after = tried(notice, attempt, result.outcome);
  await unlessChanged(() => deps.webhooks.updateNotice(after));
  if (webhook) {
    const known = judged(webhook, result, ended);
    if (known !== webhook) await unlessChanged(() => deps.webhooks.update(known));
    if (known.state !== webhook.state) deps.log.warn('webhook disabled', { webhook: webhook.id });
  }
  if (after.state === 'failed') deps.log.warn('webhook given up', { webhook: key.webhook, delivery: key.id });
  return after.state;
};
