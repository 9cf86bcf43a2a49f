import { toFailure } from '../failures.ts';
import { instant } from '../ports/clock.ts';
import type { NoticeKey } from '../ports/webhook-store.ts';
import { sendNotice, type SendNoticeDeps } from './send-notice.ts';

export interface Sent {
  readonly delivered: number;
  /** Those that will be tried again, or were given up. */
  readonly failed: number;
}

/** So many receivers are waited for at the same time: none of them holds up the others. */
const together = 10;

/** Where every receiver hangs, this many rounds take under ten minutes: a function's time is 15. */
const maxRounds = 10;

/** Sends what is due, the longest due first, `limit` at a time. Any number of hosts may do so at once. */
export const sendNotices = async (deps: SendNoticeDeps, { limit = 100 }: { limit?: number } = {}): Promise<Sent> => {
  const sent = { delivered: 0, failed: 0 };
  for (let round = 0; round < maxRounds; round += 1) {
    const due = await deps.webhooks.due(instant(deps.clock.now()), limit);
    await sendAll(deps, due, sent);
    if (due.length < limit) break;
  }
  return sent;
};

const sendAll = async (
  deps: SendNoticeDeps,
  keys: readonly NoticeKey[],
  sent: Record<keyof Sent, number>,
): Promise<void> => {
  const left = keys.values();
  await Promise.all(
    Array.from({ length: together }, async () => {
      for (const key of left) {
        try {
          const state = await sendNotice(deps, key);
          if (state !== undefined) sent[state === 'delivered' ? 'delivered' : 'failed'] += 1;
        } catch (error) {
          const { code } = toFailure(error);
          deps.log.error('webhook not sent', { webhook: key.webhook, delivery: key.id, code });
        }
      }
    }),
  );
};
