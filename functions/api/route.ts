/** A route: what the table of routes, API Gateway, the OpenAPI document and the app know of it. */
import * as z from 'zod';
import { Failure } from '#core/failures.ts';
import type { IdKind } from '#core/job/ids.ts';
import { parseRequest } from '#core/job/issues.ts';
import type { Answer } from './answer.ts';
import type { ApiDeps } from './deps.ts';
import type { Principal } from './principal.ts';
import type { ApiRequest } from './request.ts';

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';

type ResponseDoc = {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** The types of texts that are answered as well. */
  readonly texts?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
};

/** What a handler gets beside the request: who sent it, and the id that it gives to what it makes. */
interface Caller extends Principal {
  /** The same for a request that is repeated with its `Idempotency-Key`. */
  readonly newId: string;
}

export type RouteDeps = ApiDeps;

interface Description {
  readonly method: Method;
  /** As API Gateway writes it: `/v1/jobs/{id}`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  /** False where anyone may call it; `admin` where only administrators may. */
  readonly auth: boolean | 'admin';
  /**
   * Of POST routes. `recorded`: with an `Idempotency-Key` the first answer is given again. `natural`: repeating does
   * no harm, and the answer is made anew.
   */
  readonly repeat?: 'recorded' | 'natural';
  /** What kind of thing it makes. */
  readonly creates?: IdKind;
  /** By status; `Problem` for all others. */
  readonly responses: Readonly<Record<number, ResponseDoc>>;
}

interface Schemas<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType> {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
}

/** A handler's request: parsed. */
export interface Parsed<P, Q, B> extends Caller {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly headers: ApiRequest['headers'];
}

export interface Route extends Description {
  readonly request: Schemas<z.ZodObject, z.ZodObject, z.ZodType>;
  /** Fails with `not_found` for path parameters that nothing can have, and with `spec.invalid`. */
  handle(request: ApiRequest, caller: Caller, deps: RouteDeps): Promise<Answer>;
}

const none = z.strictObject({});
type None = typeof none;

const parseParams = <P extends z.ZodType>(schema: P, params: unknown): z.output<P> => {
  const parsed = schema.safeParse(params);
  if (!parsed.success) throw new Failure('not_found');
  return parsed.data;
};

const labelPrefix = 'label.';

/** `label.genre=news` becomes `{label: {genre: "news"}}`. */
const gathered = (query: ApiRequest['query']): Record<string, unknown> => {
  const { labels = [], plain = [] } = Object.groupBy(Object.entries(query), ([name]) =>
    name.startsWith(labelPrefix) ? 'labels' : 'plain',
  );
  const named = labels.map(([name, value]) => [name.slice(labelPrefix.length), value]);
  return { ...Object.fromEntries(plain), ...(named.length > 0 ? { label: Object.fromEntries(named) } : {}) };
};

/** Declares a route. The handler sees what the schemas made of the request. */
export const defineRoute = <P extends z.ZodObject = None, Q extends z.ZodObject = None, B extends z.ZodType = None>({
  handler,
  request = {},
  ...description
}: Description & {
  readonly request?: Schemas<P, Q, B>;
  readonly handler: (
    request: Parsed<z.output<P>, z.output<Q>, z.output<B>>,
    deps: RouteDeps,
  ) => Promise<Answer> | Answer;
}): Route => ({
  ...description,
  request,
  handle: async (raw, caller, deps) =>
    handler(
      {
        ...caller,
        params: request.params ? parseParams(request.params, raw.params) : none.parse({}),
        query: parseRequest(request.query ?? none, gathered(raw.query), (pointer) => `?${pointer.slice(1)}`),
        body: parseRequest(request.body ?? none, raw.body),
        headers: raw.headers,
      } as Parsed<z.output<P>, z.output<Q>, z.output<B>>, // true: `none` stands in exactly where a schema is left out
      deps,
    ),
});
