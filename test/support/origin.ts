/** A web server on the loopback interface that answers as a test says and remembers what it was asked. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export type Answering = (asked: Asked, response: ServerResponse, count: number) => void | Promise<void>;

const read = async (request: IncomingMessage): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
};

/** `host` is `127.0.0.1:port`. Close it, or use it with `await using`. */
export const startOrigin = async (answer: Answering, tls?: { readonly key: string; readonly cert: string }) => {
  const asked: Asked[] = [];
  let connections = 0;
  const listener: RequestListener = (request, response) => {
    const { method = '', url = '', headers } = request;
    void read(request).then(
      (body) => {
        asked.push({ method, url, headers, body });
        return answer({ method, url, headers, body }, response, asked.length);
      },
      () => response.destroy(),
    );
  };
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  server.on('connection', () => (connections += 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // true: it listens on TCP
  const host = `127.0.0.1:${port}`;
  return {
    host,
    url: `${tls ? 'https' : 'http'}://${host}`,
    asked,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};

export type Origin = Awaited<ReturnType<typeof startOrigin>>;

/** Sends some bytes for certain, then breaks the connection. */
export const breakAfter = async (response: ServerResponse, bytes: Uint8Array): Promise<void> => {
  await new Promise((written) => response.write(bytes, written));
  response.socket?.destroy();
};
