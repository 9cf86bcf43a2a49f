/** A service on loopback: hands every request, read whole, to a function, and what that gives back to the client. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export type Seen = {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** True where `cut` broke the connection: `body` is what had arrived. */
  readonly broken: boolean;
};

export type Reply = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON unless it is text. */
  readonly body?: unknown;
};

type Head = Pick<Seen, 'method' | 'path' | 'headers'>;

/** What a test may do to single requests. */
export type Faults = {
  /** Breaks the connection after so many bytes of the request's body. */
  cut?: (head: Head) => number | undefined;
  /** Answers in the service's place. */
  answer?: (seen: Seen) => Reply | Promise<Reply | undefined> | undefined;
};

/** `at` is the address that it listens on. */
export const startLoopback = async (serve: (seen: Seen) => Reply | Promise<Reply>, at = '127.0.0.1') => {
  let faults: Faults = {};
  const seen: Seen[] = [];

  const read = async (request: IncomingMessage): Promise<Seen> => {
    const url = new URL(request.url ?? '/', 'http://loopback');
    const method = request.method ?? 'GET';
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const limit = faults.cut?.({ method, path: url.pathname, headers }) ?? Infinity;
    const pieces: Buffer[] = [];
    let bytes = 0;
    for await (const piece of request) {
      const part = (piece as Buffer).subarray(0, limit - bytes); // true: no encoding was set
      pieces.push(part);
      bytes += part.length;
      if (bytes >= limit) break;
    }
    const broken = limit < Infinity;
    const query = Object.fromEntries(url.searchParams);
    return { method, path: url.pathname, query, headers, body: Buffer.concat(pieces), broken };
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const what = await read(request);
    seen.push(what);
    const reply = (await faults.answer?.(what)) ?? (await serve(what));
    if (what.broken) return void request.socket.destroy();
    const text = typeof reply.body === 'string' || reply.body === undefined;
    response.writeHead(reply.status, { ...(text ? {} : { 'content-type': 'application/json' }), ...reply.headers });
    response.end(text ? reply.body : JSON.stringify(reply.body));
  };

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await once(server.listen(0, at), 'listening');
  const address = server.address();
  const host = `${at}:${address && typeof address === 'object' ? address.port : 0}`;
  return {
    host,
    url: `http://${host}`,
    /** Every request so far, those too that a fault answered. */
    seen,
    inject: (next: Faults) => {
      faults = next;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

export type Loopback = Awaited<ReturnType<typeof startLoopback>>;

/** The fields of a multipart form, in their order. */
export const formOf = async ({ headers, body }: Seen): Promise<readonly (readonly [string, string | File])[]> => {
  const response = new Response(new Uint8Array(body), { headers: { 'content-type': headers['content-type'] ?? '' } });
  return [...(await response.formData()).entries()];
};

export const urlEncodedOf = ({ body }: Seen): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(body.toString()));
