/** Events on an Amazon EventBridge bus: source `kinoduct`, the event's type as `detail-type`. */
import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { Failure } from '#core/failures.ts';
import type { EventBus } from '#core/ports/event-bus.ts';

/** Error codes of https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html. */
const throttling = new Set(['ThrottlingException', 'TooManyRequestsException']);

const failureOf = (name: string | undefined, cause?: unknown): Failure =>
  new Failure(
    name !== undefined && throttling.has(name) ? 'platform.throttled' : 'platform.timeout',
    { detail: `The event bus did not take the event${name === undefined ? '' : ` (${name})`}.` },
    { cause },
  );

/**
 * EventBridge knows no idempotency: an event may come twice, with the same `detail.id`. An answer of 200 may hold a refusal,
 * which is told by `FailedEntryCount`.
 */
export const eventBridgeBus = ({
  client,
  bus,
}: {
  readonly client: Pick<EventBridgeClient, 'send'>;
  /** Its name or ARN. */
  readonly bus: string;
}): EventBus => ({
  put: async (event) => {
    const entry = {
      EventBusName: bus,
      Source: 'kinoduct',
      DetailType: event.type,
      Time: new Date(event.timestamp),
      Detail: JSON.stringify(event),
    };
    const { FailedEntryCount = 0, Entries = [] } = await client
      .send(new PutEventsCommand({ Entries: [entry] }))
      .catch((error: unknown) => {
        throw failureOf(error instanceof Error ? error.name : undefined, error);
      });
    if (FailedEntryCount > 0) throw failureOf(Entries[0]?.ErrorCode);
  },
});
