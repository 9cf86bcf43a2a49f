import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { expect, test } from 'vitest';
import { eventBridgeBus } from '#adapters/eventbridge/event-bus.ts';
import { logEventBus } from '#adapters/system/log-event-bus.ts';
import { recordingLog } from '#adapters/memory/log.ts';
import { jobEvents } from '#core/job/events.ts';
import { aJob, jobId } from '#test/support/records.ts';
import { startLoopback } from '#test/support/loopback.ts';

const [event] = jobEvents(aJob());
if (!event) throw new Error('it was queued');

/** The real client over the wire, and a service that answers so. */
const busThatAnswers = async (body: unknown, status = 200) => {
  const service = await startLoopback(() => ({
    status,
    body,
    headers: { 'content-type': 'application/x-amz-json-1.1' },
  }));
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const client = new EventBridgeClient({ region: 'local', endpoint: service.url, credentials, maxAttempts: 1 });
  const close = async (): Promise<void> => {
    client.destroy();
    await service.close();
  };
  return { bus: eventBridgeBus({ client, bus: 'media' }), service, close };
};

test('EventBridge gets the event under its type, whole, with the time at which it happened', async () => {
  const { bus, service, close } = await busThatAnswers({ FailedEntryCount: 0, Entries: [{ EventId: '1' }] });
  await bus.put(event);
  const { Entries } = JSON.parse(service.seen[0]?.body.toString() ?? '') as {
    Entries: (Record<string, unknown> & { Detail: string })[];
  };
  expect(Entries).toMatchObject([
    { EventBusName: 'media', Source: 'kinoduct', DetailType: 'job.queued', Time: Date.parse(event.timestamp) / 1000 },
  ]);
  expect(JSON.parse(Entries[0]?.Detail ?? '')).toEqual(event);
  expect(service.seen[0]?.headers['x-amz-target']).toBe('AWSEvents.PutEvents');
  await close();
});

test.each([
  [
    'an entry that 200 refuses',
    { FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException' }] },
    200,
    'platform.throttled',
  ],
  [
    'an entry that 200 refuses as its own fault',
    { FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] },
    200,
    'platform.timeout',
  ],
  ['a request that is throttled', { __type: 'ThrottlingException', message: 'slow' }, 400, 'platform.throttled'],
  ['a service that fails', { __type: 'InternalException' }, 500, 'platform.timeout'],
])('%s is a failure that may pass', async (_, body, status, code) => {
  const { bus, close } = await busThatAnswers(body, status);
  await expect(bus.put(event)).rejects.toMatchObject({ code, retryable: true });
  await close();
});

test('without a bus the event is a line of the log, without what it tells', async () => {
  const log = recordingLog();
  await logEventBus(log).put(event);
  expect(JSON.stringify(log)).toContain(event.id);
  expect(JSON.stringify(log)).toContain(jobId(1));
  expect(JSON.stringify(log)).not.toContain('labels');
});
