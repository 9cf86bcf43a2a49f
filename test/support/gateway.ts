/** Stands in for API Gateway before the function `api` on the rig, with its JWT authorizer on every route that is not public. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { routesAt } from '#functions/api/matching.ts';
import { readBody, sendResult, toEvent } from '#local/http-event.ts';

export type Answer = APIGatewayProxyStructuredResultV2;
type Claims = Readonly<Record<string, unknown>>;

export interface Gateway {
  readonly url: string;
  close(): Promise<void>;
}

interface Behind {
  /** Calls the function with the event as its payload. */
  readonly invoke: (event: APIGatewayProxyEventV2) => Promise<Answer>;
  /** What a token says; undefined of one that is not valid. */
  readonly authorize: (token: string) => Promise<Claims | undefined>;
}

const isPublic = ({ method, url = '/' }: IncomingMessage): boolean =>
  routesAt(url.split('?')[0] ?? '/').every((route) => !route.auth || route.method !== method);

export const startGateway = async ({ invoke, authorize }: Behind): Promise<Gateway> => {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const token = /^(?:Bearer )?(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const claims = isPublic(request) ? undefined : await authorize(token);
    if (claims === undefined && !isPublic(request)) {
      sendResult(response, { statusCode: 401, body: '{"message":"Unauthorized"}' });
      return;
    }
    const event = toEvent(request, await readBody(request), { claims, requestId: randomUUID() });
    sendResult(response, await invoke(event));
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      sendResult(response, { statusCode: 500, body: JSON.stringify({ message: String(error) }) });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // true: it listens on a TCP port
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
