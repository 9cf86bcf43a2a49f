/** The API, whole: an event of API Gateway (HTTP API, payload 2.0) in, a result out. It runs alike on AWS and here. */
import middyfy, { type MiddlewareObj } from '@middy/core';
import httpRouter from '@middy/http-router';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { Failure, toFailure } from '#core/failures.ts';
import { access, requestIdOf } from './access.ts';
import { type Result, toResult } from './answer.ts';
import type { ApiDeps } from './deps.ts';
import { once } from './idempotency.ts';
import { openapiDocument } from './openapi-document.ts';
import { ownerOf } from './principal.ts';
import { problemResult } from './problem.ts';
import { requestOf } from './request.ts';
import type { Route, RouteDeps } from './route.ts';
import { routes } from './routes/index.ts';

/** Always resolves, to an answer or to a problem. */
export type App = (event: APIGatewayProxyEventV2) => Promise<Result>;

const serve =
  (route: Route, deps: RouteDeps) =>
  async (event: APIGatewayProxyEventV2): Promise<Result> => {
    const owner = route.auth ? ownerOf(event) : '';
    const request = requestOf(event);
    const answer = async (newId: string): Promise<Result> =>
      toResult(await route.handle(request, { owner, newId }, deps));
    const newId = route.creates ? deps.ids.next(route.creates) : '';
    return route.repeat === 'recorded' ? once(deps, { request, owner, newId }, answer) : answer(newId);
  };

/** The methods of the routes at a path. A parameter takes one segment. */
const methodsAt = (path: string): string[] => {
  const segments = path.replace(/(?<=.)\/$/, '').split('/');
  const matches = (route: Route): boolean => {
    const own = route.path.split('/');
    return own.length === segments.length && own.every((part, n) => part.startsWith('{') || part === segments[n]);
  };
  return routes.filter(matches).map((route) => route.method);
};

const noSuchRoute = ({ path }: { path: string }): never => {
  const allowed = methodsAt(path);
  if (allowed.length === 0) throw new Failure('not_found', { detail: 'There is no such path.' });
  throw new Failure('request.method_not_allowed', { detail: `Allowed here: ${allowed.join(', ')}.` });
};

const problems = ({ log }: Pick<ApiDeps, 'log'>): MiddlewareObj<APIGatewayProxyEventV2, Result> => ({
  // middy: what onError returns would end the chain before the headers are set.
  onError: (request) => {
    const failure = toFailure(request.error);
    const { http } = request.event.requestContext;
    const requestId = requestIdOf(request.event);
    const headers: Record<string, string> =
      failure.code === 'request.method_not_allowed' ? { allow: methodsAt(http.path).join(', ') } : {};
    request.response = problemResult(failure, { requestId, headers });
    if (request.response.statusCode >= 500) log.error('request failed', { requestId, error: failure });
  },
});

export const createApp = (deps: ApiDeps): App => {
  const openapi = openapiDocument();
  const routeDeps: RouteDeps = { ...deps, version: openapi.info.version, openapi };
  const router = httpRouter<APIGatewayProxyEventV2, Result>({
    routes: routes.map((route) => ({ method: route.method, path: route.path, handler: serve(route, routeDeps) })),
    notFoundResponse: noSuchRoute,
  });
  const app = middyfy<APIGatewayProxyEventV2, Result>().use(access(deps)).use(problems(deps)).handler(router);
  // true: the app reads nothing of Lambda's context, and its routes return results, never streams
  return app as unknown as App;
};
