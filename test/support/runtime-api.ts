/**
 * Lambda's Runtime API for one execution environment: what a container of the runner's image asks for events.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface Invoked {
  /** What the handler returned; undefined where it failed. */
  readonly payload: unknown;
  /** `errorType` is the name that a state machine matches on. */
  readonly error: { readonly errorType: string; readonly errorMessage: string } | undefined;
  /** From the moment at which the waiting runtime was handed the event to its whole answer. */
  readonly ms: number;
}

interface Pending {
  readonly id: string;
  readonly event: unknown;
  readonly deadlineMs: number;
  readonly settle: (outcome: Omit<Invoked, 'ms'>) => void;
  handedAt: number;
}

const read = async (request: IncomingMessage): Promise<unknown> => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer); // true: no encoding was set
  const text = Buffer.concat(pieces).toString();
  return text === '' ? undefined : JSON.parse(text);
};

const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:runner';

/** Listens on an address that the container reaches. One runtime at a time; events queue up for it. */
export const startRuntimeApi = async (host: string) => {
  const queue: Pending[] = [];
  const running = new Map<string, Pending>();
  const ready = Promise.withResolvers<number>();
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => undefined); // whoever waits for an invocation hears of it
  let waiting: ServerResponse | undefined;

  const hand = (): void => {
    const next = waiting && queue.shift();
    if (!waiting || !next) return;
    running.set(next.id, next);
    waiting.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': next.id,
      'lambda-runtime-deadline-ms': String(next.deadlineMs),
      'lambda-runtime-invoked-function-arn': functionArn,
      'lambda-runtime-trace-id': 'Root=1-00000000-000000000000000000000000;Sampled=0',
    });
    next.handedAt = performance.now();
    waiting.end(JSON.stringify(next.event));
    waiting = undefined;
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // /2018-06-01/runtime/init/error, …/invocation/next, …/invocation/<id>/response and …/invocation/<id>/error
    const [, , , area, id = '', ending] = new URL(request.url ?? '/', 'http://runtime').pathname.split('/');
    if (area === 'invocation' && id === 'next') {
      ready.resolve(performance.now());
      waiting = response;
      // A container that was killed takes its question with it; an event would go to a dead socket.
      response.once('close', () => {
        if (waiting === response) waiting = undefined;
      });
      return hand();
    }
    const body = await read(request);
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
    if (area === 'init') return broken.reject(new Error(`the runtime could not start: ${JSON.stringify(body)}`));
    const done = running.get(id);
    running.delete(id);
    const isError = ending === 'error';
    done?.settle({ payload: isError ? undefined : body, error: isError ? (body as Invoked['error']) : undefined }); // true: the API says so
  };

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  await once(server.listen(0, host), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');

  return {
    /** For `AWS_LAMBDA_RUNTIME_API`. */
    address: `${host}:${address.port}`,
    /** The time at which the runtime, its handler loaded, first asked for work. */
    ready: ready.promise,
    /** Rejects where the runtime could not be initialized. */
    invoke: async (event: unknown, { timeoutSeconds = 900 } = {}): Promise<Invoked> => {
      const { promise, resolve } = Promise.withResolvers<Omit<Invoked, 'ms'>>();
      const deadlineMs = Date.now() + timeoutSeconds * 1000;
      const pending: Pending = { id: randomUUID(), event, deadlineMs, settle: resolve, handedAt: 0 };
      queue.push(pending);
      hand();
      const outcome = await Promise.race([promise, broken.promise]);
      return { ...outcome, ms: performance.now() - pending.handedAt };
    },
    close: async (): Promise<void> => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
