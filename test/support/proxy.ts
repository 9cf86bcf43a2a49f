/** An HTTP proxy in front of a service, which does to single requests what networks and services do. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request as send, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';

/**
 * - `answer`: the service never sees the request
 * - `hide`: the service does the work, its answer is replaced
 * - `cut`: the connection breaks after so many bytes of the answer's body
 * - `flip`: one bit of the answer's first chunk is another
 */
export type Fault =
  | { readonly kind: 'answer' | 'hide'; readonly status: number; readonly body: string }
  | { readonly kind: 'cut'; readonly afterBytes: number }
  | { readonly kind: 'flip' };

type FaultOf = (method: string, url: string, headers: IncomingMessage['headers']) => Fault | undefined;

export const startProxy = async (target: string) => {
  let faultOf: FaultOf = () => undefined;
  const seen: string[] = [];

  const answer = (response: ServerResponse, status: number, body: string): void => {
    response.writeHead(status, { 'content-type': 'application/xml' }).end(body);
  };

  async function* spoiled(body: AsyncIterable<Buffer>, fault: Fault | undefined, response: ServerResponse) {
    let left = fault?.kind === 'cut' ? fault.afterBytes : Infinity;
    let flip = fault?.kind === 'flip';
    for await (const chunk of body) {
      if (flip && chunk.length > 0) chunk[0] = (chunk[0] ?? 0) ^ 1;
      flip = false;
      yield chunk.subarray(0, left);
      left -= chunk.length;
      if (left <= 0) {
        await new Promise((written) => response.socket?.write('', written));
        response.socket?.destroy();
      }
    }
  }

  const forward = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = 'GET', url = '/' } = request;
    seen.push(`${method} ${url}`);
    const fault = faultOf(method, url, request.headers);
    if (fault?.kind === 'answer') {
      for await (const _ of request);
      return answer(response, fault.status, fault.body);
    }
    const onward = send(new URL(url, target), { method, headers: request.headers });
    const [[reply]] = await Promise.all([
      once(onward, 'response') as Promise<[IncomingMessage]>,
      pipeline(request, onward),
    ]);
    if (fault?.kind === 'hide') {
      for await (const _ of reply);
      return answer(response, fault.status, fault.body);
    }
    response.writeHead(reply.statusCode ?? 502, reply.headers);
    await pipeline(spoiled(reply, fault, response), response);
  };

  const server = createServer((request, response) => {
    forward(request, response).catch(() => response.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  return {
    endpoint: `http://127.0.0.1:${address && typeof address === 'object' ? address.port : 0}`,
    /** `METHOD /path?query` of every request so far. */
    seen,
    /** Asked for every request from now on. */
    inject: (next: FaultOf) => {
      faultOf = next;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
