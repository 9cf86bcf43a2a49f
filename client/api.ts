/** Requests to the HTTP API, from a program or from a page: what the CLI and the console have in common. */

/** A field that is wrong; `pointer` is a JSON pointer into the body, or `?` and a query parameter. */
export interface FieldError {
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
}

/** An error as the API tells it (RFC 9457). */
export interface Problem {
  readonly status: number;
  /** Stable: compare this, never a text. */
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly remedy: string;
  readonly retryable: boolean;
  readonly errors: readonly FieldError[];
  readonly requestId: string | undefined;
}

/** The API answered with a problem. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail);
    this.status = problem.status;
    this.code = problem.code;
    this.problem = problem;
  }
}

export interface RequestOptions {
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly redirect?: 'follow' | 'manual';
  readonly signal?: AbortSignal | undefined;
}

export interface Api {
  /** The answer as it is, whatever its status. */
  readonly request: (method: string, path: string, options?: RequestOptions) => Promise<Response>;
  /**
   * The JSON of an answer, undefined where there is none. `T` is what the API promises, and is not checked here. Fails
   * with an `ApiError` for every status that is not 2xx.
   */
  readonly json: <T>(method: string, path: string, options?: RequestOptions) => Promise<T>;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const fieldErrors = (errors: unknown): FieldError[] =>
  (Array.isArray(errors) ? errors : [])
    .filter(isRecord)
    .map(({ pointer, code, message }) => ({ pointer: String(pointer), code: String(code), message: String(message) }));

/** Of an answer that is no success. What stands between may answer in other words than the API's. */
export const problemOf = async (response: Response): Promise<Problem> => {
  const told = parsed(await response.text());
  const body = isRecord(told) ? told : {};
  const text = (name: string, otherwise: string): string => {
    const value = body[name];
    return typeof value === 'string' && value !== '' ? value : otherwise;
  };
  const title = text('title', `The server answered with ${response.status}`);
  return {
    status: response.status,
    code: text('code', `http.${response.status}`),
    title,
    detail: text('detail', title),
    remedy: text('remedy', ''),
    retryable: body['retryable'] === true,
    errors: fieldErrors(body['errors']),
    requestId: text('requestId', response.headers.get('x-request-id') ?? '') || undefined,
  };
};

/** `authorization` is asked for with each request, and may be undefined where nobody is signed in. */
export const apiClient = (api: {
  readonly url: string;
  readonly authorization: () => string | undefined;
  /** Ends every request. */
  readonly signal?: AbortSignal | undefined;
  /** Sends each request; the host's own where it is left out. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}): Api => {
  const send = api.fetch ?? fetch;
  const request: Api['request'] = (method, path, options = {}) => {
    const authorization = api.authorization();
    return send(`${api.url}${path}`, {
      method,
      headers: {
        ...(authorization === undefined ? {} : { authorization }),
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      redirect: options.redirect ?? 'follow',
      body: options.body === undefined ? null : JSON.stringify(options.body),
      signal: options.signal ?? api.signal ?? null,
    });
  };
  return {
    request,
    json: async <T>(method: string, path: string, options?: RequestOptions): Promise<T> => {
      const response = await request(method, path, options);
      if (!response.ok) throw new ApiError(await problemOf(response));
      const text = await response.text();
      return (text === '' ? undefined : JSON.parse(text)) as T; // true: the caller names what the route answers
    },
  };
};
