/** The front door on one machine: what API Gateway, its authorizer and S3 are on AWS. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Claims } from '#adapters/local-identity/access-tokens.ts';
import { Failure, toFailure } from '#core/failures.ts';
import type { Ids } from '#core/ports/clock.ts';
import type { Log } from '#core/ports/log.ts';
import type { App } from '#functions/api/app.ts';
import { routesAt } from '#functions/api/matching.ts';
import { problemResult } from '#functions/api/problem.ts';
import { asksForStream, streamEvents } from './event-stream.ts';
import { guard } from './guards.ts';
import { readBody, sendResult, toEvent } from './http-event.ts';
import { traced } from './trace.ts';

export interface Doors {
  readonly app: App;
  /** Answers requests for the console; resolves to false for all others. */
  readonly console: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
  /** Answers requests for signed addresses; resolves to false for all others. */
  readonly objects: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
  /** What the token in an `Authorization` header says; undefined where it proves nothing. */
  readonly authorize: (authorization: string) => Promise<Claims | undefined>;
  /** For a Prometheus on this machine. It tells of nobody in particular, so it asks for no token. */
  readonly metrics: { readonly contentType: string; readonly text: () => Promise<string> };
  readonly ids: Ids;
  readonly log: Log;
}

const lingerMs = 1_000;

/** The port that a listening server has. */
export const portOf = (server: Server): number => (server.address() as AddressInfo).port; // true: it listens on TCP

/** Public routes ask for nobody: a token that has expired is no obstacle on the way to the next one. */
const isPublic = ({ method, url = '/' }: IncomingMessage): boolean =>
  routesAt(url.split('?')[0] ?? '/').some((route) => route.method === method && !route.auth);

const identify = async (doors: Doors, request: IncomingMessage): Promise<Claims | undefined> => {
  const { authorization } = request.headers;
  if (authorization === undefined || isPublic(request)) return undefined;
  const claims = await doors.authorize(authorization);
  if (claims === undefined) throw new Failure('auth.invalid');
  return claims;
};

const answer = async (
  doors: Doors,
  request: IncomingMessage,
  requestId: string,
): Promise<APIGatewayProxyStructuredResultV2> => {
  if (request.method === 'GET' && request.url === '/metrics') {
    const { contentType, text } = doors.metrics;
    return {
      statusCode: 200,
      headers: { 'content-type': contentType, 'cache-control': 'no-store' },
      body: await text(),
    };
  }
  const claims = await identify(doors, request);
  return doors.app(toEvent(request, await readBody(request), { claims, requestId }));
};

const stream = async (
  doors: Doors,
  {
    requestId,
    ...to
  }: { readonly request: IncomingMessage; readonly response: ServerResponse; readonly requestId: string },
): Promise<void> => {
  const claims = await identify(doors, to.request);
  const event = toEvent(to.request, await readBody(to.request), { claims, requestId });
  const refusal = await streamEvents(doors.app, event, to);
  if (refusal) sendResult(to.response, refusal);
};

/** Who sends before they listen would only see the connection break: for a moment, what is still on its way is taken. */
const drained = async (request: IncomingMessage): Promise<void> => {
  if (request.complete) return;
  await once(request.resume(), 'end', { signal: AbortSignal.timeout(lingerMs) }).catch(() => undefined);
};

/** What went wrong before the app was asked. The connection ends with it: its body may not have been read. */
const refuse = async (
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  error: unknown,
  requestId: string,
): Promise<void> => {
  await drained(request);
  const headers = { connection: 'close', 'cache-control': 'no-store', 'x-request-id': requestId };
  sendResult(response, problemResult(toFailure(error), { requestId, headers }));
};

const serve = async (doors: Doors, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const requestId = doors.ids.next('req');
  try {
    guard(request, request.socket.localPort ?? 0);
    if (await doors.console(request, response)) return;
    if (await doors.objects(request, response)) return;
    if (asksForStream(request)) await stream(doors, { request, response, requestId });
    else sendResult(response, await answer(doors, request, requestId));
  } catch (error) {
    if (response.destroyed) return; // the client went away
    if (!(error instanceof Failure)) doors.log.error('request failed', { requestId, error });
    if (response.headersSent) response.destroy();
    else await refuse({ request, response }, error, requestId);
  }
};

/** Listens on 127.0.0.1 only; resolves when it does. */
export const listen = async (doors: Doors, port: number): Promise<Server> => {
  // Node ends requests after five minutes by itself; a large upload may take longer. Headers still have one minute.
  const server = createServer({ requestTimeout: 0 }, (request, response) =>
    traced(() => void serve(doors, request, response), request.headers['traceparent']?.toString()),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(taken ? new Error(`Port ${port} is taken. Choose another with --port, 0 for any.`) : error);
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
};

/** Takes no new request, gives those under way a moment to end, then cuts what is left. */
export const closeServer = async (server: Server, graceMs: number): Promise<void> => {
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearTimeout(cut);
};
