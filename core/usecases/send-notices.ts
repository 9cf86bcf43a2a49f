import { toFailure } from '../failures.ts';
import { instant } from '../ports/clock.ts';
import { sendNotice, type SendNoticeDeps } from './send-notice.ts';

export interface Sent {
  readonly delivered: number;
  /** Those that will be tried again, or were given up. */
  readonly failed: number;
}

/** So many receivers are waited for at the same time: none of them holds up the others. */
const together = 10;

/** Sends what is due, the longest due first, at most `limit` of it. Any number of hosts may do so at once. */
export const sendNotices = async (deps: SendNoticeDeps, { limit = 100 }: { limit?: number } = {}): Promise<Sent> => {
  const due = (await deps.webhooks.due(instant(deps.clock.now()), limit)).values();
  const sent = { delivered: 0, failed: 0 };
  await Promise.all(
    Array.from({ length: together }, async () => {
      for (const key of due) {
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
  return sent;
};
