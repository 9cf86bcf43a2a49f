/** Stands in for API Gateway before the function `api` on the rig: a bearer token becomes the claims of an authorizer. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { readBody, sendResult, toEvent } from '#local/http-event.ts';

export type Answer = APIGatewayProxyStructuredResultV2;

export interface Gateway {
  readonly url: string;
  /** The token of an owner, who need not have been there before. */
  token(owner: string): string;
  close(): Promise<void>;
}

/** `invoke` calls the function with the event as its payload. */
export const startGateway = async (invoke: (event: APIGatewayProxyEventV2) => Promise<Answer>): Promise<Gateway> => {
  const owners = new Map<string, string>();

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const owner = token === undefined ? undefined : owners.get(token);
    if (token !== undefined && owner === undefined) {
      sendResult(response, { statusCode: 401, body: '{"message":"Unauthorized"}' });
      return;
    }
    const event = toEvent(request, await readBody(request), { owner, requestId: randomUUID() });
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
    token: (owner) => {
      const token = `${owner}-token`;
      owners.set(token, owner);
      return token;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
