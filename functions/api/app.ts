/** The API, whole: an event of API Gateway (HTTP API, payload 2.0) in, a result out. It runs alike on AWS and here. */
import middyfy, { type MiddlewareObj } from '@middy/core';
import httpRouter from '@middy/http-router';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { Failure, toFailure } from '#core/failures.ts';
import { access, requestIdOf } from './access.ts';
import { type Result, toResult } from './answer.ts';
import type { ApiDeps } from './deps.ts';
import { once } from './idempotency.ts';
import { routesAt } from './matching.ts';
import { principalOf, type Principal } from './principal.ts';
import { problemResult } from './problem.ts';
import { requestOf } from './request.ts';
import type { Route, RouteDeps } from './route.ts';
import { routes } from './routes/index.ts';

/** Always resolves, to an answer or to a problem. */
export type App = (event: APIGatewayProxyEventV2) => Promise<Result>;

/** Fails with `auth.missing`, `auth.invalid` and `auth.forbidden`, before anything of the request is read. */
const callerOf = ({ auth }: Route, event: APIGatewayProxyEventV2): Principal => {
  if (!auth) return { owner: '', isAdmin: false };
  const principal = principalOf(event);
  if (auth === 'admin' && !principal.isAdmin)
    throw new Failure('auth.forbidden', { detail: 'This is for administrators.' });
  return principal;
};

const serve =
  (route: Route, deps: RouteDeps) =>
  async (event: APIGatewayProxyEventV2): Promise<Result> => {
    const principal = callerOf(route, event);
    const request = requestOf(event);
    const answer = async (newId: string): Promise<Result> =>
      toResult(await route.handle(request, { ...principal, newId }, deps));
    const newId = route.creates ? deps.ids.next(route.creates) : '';
    const { owner } = principal;
    return route.repeat === 'recorded' ? once(deps, { request, owner, newId }, answer) : answer(newId);
  };

const methodsAt = (path: string): string[] => routesAt(path).map((route) => route.method);

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
  const router = httpRouter<APIGatewayProxyEventV2, Result>({
    routes: routes.map((route) => ({ method: route.method, path: route.path, handler: serve(route, deps) })),
    notFoundResponse: noSuchRoute,
  });
  const app = middyfy<APIGatewayProxyEventV2, Result>().use(access(deps)).use(problems(deps)).handler(router);
  // true: the app reads nothing of Lambda's context, and its routes return results, never streams
  return app as unknown as App;
};
