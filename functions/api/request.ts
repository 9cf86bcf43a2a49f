/** What a route needs of an event. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { Failure } from '#core/failures.ts';

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** Names are in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON; an empty object where there is no body. */
  readonly body: unknown;
}

/** A job with 50 outputs has some 30 KB; a record of a job has to fit into 400 KB. */
const maxBodyBytes = 256 * 1024;
/** No job nests deeper than 20; recursion over what was sent has to end. */
const maxDepth = 64;

const malformed = (detail: string): Failure => new Failure('request.malformed', { detail });

const definedOnly = (values: Readonly<Record<string, string | undefined>> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));

const textOf = ({ body = '', isBase64Encoded }: APIGatewayProxyEventV2): string => {
  if (body.length > maxBodyBytes * (isBase64Encoded ? 4 / 3 : 1))
    throw new Failure('request.too_large', { detail: `The body has more than ${maxBodyBytes} bytes.` });
  return isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body;
};

const assertShallow = (value: unknown): void => {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxDepth) throw malformed(`The JSON is nested deeper than ${maxDepth} levels.`);
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
};

const bodyOf = (event: APIGatewayProxyEventV2, contentType = ''): unknown => {
  const text = textOf(event);
  if (text === '') return {};
  if (!/^application\/(?:[\w.-]+\+)?json *(?:;|$)/i.test(contentType))
    throw malformed('The body must be JSON, with `Content-Type: application/json`.');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformed(`The body is not JSON: ${error instanceof Error ? error.message : 'it cannot be parsed'}`);
  }
  assertShallow(value);
  return value;
};

/** Fails with `request.malformed` and `request.too_large`. */
export const requestOf = (event: APIGatewayProxyEventV2): ApiRequest => {
  const headers = Object.fromEntries(
    Object.entries(definedOnly(event.headers)).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return {
    method: event.requestContext.http.method,
    path: event.requestContext.http.path,
    params: definedOnly(event.pathParameters),
    query: definedOnly(event.queryStringParameters),
    headers,
    body: bodyOf(event, headers['content-type']),
  };
};
