/** Headers of every answer, a line in the log about it, and what is measured of it. */
import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Result } from './answer.ts';
import type { ApiDeps } from './deps.ts';
import { routesAt } from './matching.ts';
import { traceIdOf } from './trace-parent.ts';

type Deps = Pick<ApiDeps, 'clock' | 'log' | 'metrics'>;

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

/** Paths that nobody has are one route, or whoever tries names would make as many. */
const routeOf = ({ method, path }: { method: string; path: string }): { method: string; route: string } => {
  const route = routesAt(path).find((route) => route.method === method);
  return route ? { method, route: route.path } : { method: 'other', route: 'none' };
};

/** The job that a request was about, or made. */
const jobIn = (path: string, { headers }: Result): Record<string, string> => {
  const jobId = /\bjob_[0-9A-Z]{26}\b/.exec(`${path} ${headers['location'] ?? ''}`)?.[0];
  return jobId === undefined ? {} : { jobId };
};

const tell = ({ log, metrics }: Deps, event: APIGatewayProxyEventV2, result: Result, ms: number): void => {
  const { http } = event.requestContext;
  const { method, path, sourceIp } = http;
  const status = result.statusCode;
  const calledBy = traceIdOf(event.headers['traceparent']);
  log.info('request', {
    requestId: requestIdOf(event),
    method,
    path,
    ...jobIn(path, result),
    status,
    ms,
    sourceIp,
    ...(calledBy === undefined ? {} : { callerTraceId: calledBy }),
  });
  const route = routeOf(http);
  metrics.record('api_requests_total', 1, { ...route, status: String(status) });
  metrics.record('api_request_duration_seconds', ms / 1000, route);
};

/** Attached first, so that it runs last, also where a request failed. */
export const access = (deps: Deps): MiddlewareObj<APIGatewayProxyEventV2, Result> => {
  const { clock } = deps;
  const started = new WeakMap<APIGatewayProxyEventV2, number>();
  const end = ({ event, response }: { event: APIGatewayProxyEventV2; response?: Result | null }): void => {
    const now = clock.now();
    const ms = now - (started.get(event) ?? now);
    if (!response) return;
    finish(event, response, ms);
    tell(deps, event, response, ms);
  };
  return {
    before: ({ event }) => {
      started.set(event, clock.now());
    },
    after: end,
    onError: end,
  };
};
