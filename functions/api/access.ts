/** Headers of every answer, and a line in the log about it. */
import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Result } from './answer.ts';
import type { ApiDeps } from './deps.ts';

/** The id that the host gave to the request. */
export const requestIdOf = (event: APIGatewayProxyEventV2): string => event.requestContext.requestId;

const finish = (event: APIGatewayProxyEventV2, result: Result, ms: number): void => {
  result.headers = {
    'cache-control': 'no-store',
    ...result.headers,
    'x-request-id': requestIdOf(event),
    'x-content-type-options': 'nosniff',
    'server-timing': `app;dur=${ms}`,
  };
};

/** Attached first, so that it runs last, also where a request failed. */
export const access = ({
  clock,
  log,
}: Pick<ApiDeps, 'clock' | 'log'>): MiddlewareObj<APIGatewayProxyEventV2, Result> => {
  const started = new WeakMap<APIGatewayProxyEventV2, number>();
  const end = ({ event, response }: { event: APIGatewayProxyEventV2; response?: Result | null }): void => {
    const now = clock.now();
    const ms = now - (started.get(event) ?? now);
    const { method, path, sourceIp } = event.requestContext.http;
    if (!response) return;
    finish(event, response, ms);
    log.info('request', { requestId: requestIdOf(event), method, path, status: response.statusCode, ms, sourceIp });
  };
  return {
    before: ({ event }) => {
      started.set(event, clock.now());
    },
    after: end,
    onError: end,
  };
};
