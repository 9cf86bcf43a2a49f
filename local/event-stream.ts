/**
 * What happens to a job, while it happens: Server-Sent Events (https://html.spec.whatwg.org/multipage/server-sent-events.html)
 * for whoever asks for a job's events as `text/event-stream`. API Gateway sends whole answers only, so on AWS one asks for
 * pages; the events and their ids are the same. Between them comes `progress`, which has no id and is not kept.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { createSession, type Session } from 'better-sse';
import * as z from 'zod';
import { JobEvent } from '#core/job/events.ts';
import { isTerminal, JobStatus } from '#core/job/state.ts';
import type { App } from '#functions/api/app.ts';

const eventsOfJob = /^\/v1\/jobs\/([^/]+)\/events\/?$/;
/** The longest that the API waits for a change of a job. */
const waitSeconds = 20;

const Page = z.object({ items: z.array(JobEvent), next: z.string().nullable() });
const Job = z.object({ status: JobStatus, progress: z.number(), version: z.number() });
type Job = z.output<typeof Job>;

/** True where the events of a job are asked for as a stream. */
export const asksForStream = ({ method, url = '/', headers }: IncomingMessage): boolean =>
  method === 'GET' &&
  eventsOfJob.test(url.split('?')[0] ?? '/') &&
  (headers.accept ?? '').split(',').some((type) => type.trim().startsWith('text/event-stream'));

type Query = Readonly<Record<string, string>>;

const asking = (event: APIGatewayProxyEventV2, rawPath: string, query: Query): APIGatewayProxyEventV2 => ({
  ...event,
  rawPath,
  rawQueryString: new URLSearchParams(query).toString(),
  queryStringParameters: { ...query },
  headers: { ...event.headers, accept: 'application/json' },
  requestContext: { ...event.requestContext, http: { ...event.requestContext.http, path: rawPath } },
});

/** A page of events that came after the last one that the client knows, or the answer that refuses it. */
type Ask = (path: string, query: Query) => Promise<APIGatewayProxyStructuredResultV2>;

const read = async <T>(
  schema: z.ZodType<T>,
  ask: Promise<APIGatewayProxyStructuredResultV2>,
): Promise<T | undefined> => {
  const { statusCode = 200, body = '' } = await ask;
  return statusCode === 200 ? schema.parse(JSON.parse(body)) : undefined;
};

/** All events after that one. Undefined when the job is gone. */
const eventsAfter = async (ask: Ask, path: string, last: string): Promise<readonly JobEvent[] | undefined> => {
  const found: JobEvent[] = [];
  let after = last;
  for (;;) {
    const page = await read(Page, ask(`${path}/events`, after === '' ? {} : { after }));
    if (page === undefined) return undefined;
    found.push(...page.items);
    after = page.items.at(-1)?.id ?? after;
    if (page.next === null) return found;
  }
};

/** Tells until the job has ended, is gone, or nobody listens any more. */
const tell = async (session: Session, ask: Ask, path: string, first: Job): Promise<void> => {
  let job: Job | undefined = first;
  let last = session.lastId;
  while (job && session.isConnected) {
    const events = await eventsAfter(ask, path, last);
    for (const event of events ?? []) session.push(event, event.type, event.id);
    last = events?.at(-1)?.id ?? last;
    if (events === undefined || isTerminal(job.status)) return;
    const { status, progress, version }: Job = job;
    // Without an id: a client that comes again asks for what came after the last event.
    await session.batch((buffer) => void buffer.event('progress').data({ status, progress }).dispatch());
    job = await read(Job, ask(path, { wait: String(waitSeconds), after: String(version) }));
  }
};

/**
 * Answers the request, as the caller in `event`. Resolves to what refuses it, where something does: then nothing was sent. A
 * client that comes again after the job has ended, and knows all of it, gets 204: that is how it is told to stay away.
 */
export const streamEvents = async (
  app: App,
  event: APIGatewayProxyEventV2,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
): Promise<APIGatewayProxyStructuredResultV2 | undefined> => {
  const id = eventsOfJob.exec(event.rawPath)?.[1] ?? '';
  const path = `/v1/jobs/${id}`;
  const ask: Ask = (of, query) => app(asking(event, of, query));
  const after = request.headers['last-event-id']?.toString() ?? event.queryStringParameters?.['after'] ?? '';
  const begin = await ask(`${path}/events`, after === '' ? {} : { after });
  const job = await read(Job, ask(path, {}));
  if (begin.statusCode !== 200 || !job) return begin;
  const isOver = isTerminal(job.status) && Page.parse(JSON.parse(begin.body ?? '')).items.length === 0;
  if (isOver) return { statusCode: 204 };
  const session = await createSession(request, response, { trustClientEventId: false });
  session.lastId = after;
  await tell(session, ask, path, job);
  response.end();
  return undefined;
};
