/**
 * A node:http request as API Gateway hands it to a function (HTTP API, payload 2.0), and the function's result as
 * an answer. The local server and the stand-in for API Gateway in the tests share it, so that they cannot differ.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { Failure } from '#core/failures.ts';

/** What the event says about the caller; undefined claims where the request carried no credentials. */
export interface Caller {
  readonly claims: Readonly<Record<string, unknown>> | undefined;
  readonly requestId: string;
}

/** The largest body that API Gateway takes. */
const maxBodyBytes = 10 * 1024 * 1024;

const textual =
  /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml)|application\/(?:javascript|x-www-form-urlencoded))/i;

/** The whole body. Fails with `request.too_large` as soon as it is, without reading on. */
export const readBody = async (request: IncomingMessage, limitBytes = maxBodyBytes): Promise<Buffer> => {
  const tooLarge = () => new Failure('request.too_large', { detail: `The body is larger than ${limitBytes} bytes.` });
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limitBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

/** Repeated names are joined with a comma, in headers and in the query alike. */
const joined = (pairs: Iterable<readonly [string, string]>): Record<string, string> => {
  const values: Record<string, string> = {};
  for (const [name, value] of pairs) values[name] = Object.hasOwn(values, name) ? `${values[name]},${value}` : value;
  return values;
};

function* headerPairs(raw: readonly string[]): Generator<readonly [string, string]> {
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]?.toLowerCase() ?? '';
    // The identity is in the authorizer; a token has no business in an event that may be logged.
    if (name !== 'authorization') yield [name, raw[index + 1] ?? ''];
  }
}

/** API Gateway hands every claim over as a text. */
const asText = (claim: unknown): string => (Array.isArray(claim) ? `[${claim.join(' ')}]` : String(claim));

const authorizerOf = ({ claims }: Caller) =>
  claims === undefined
    ? {}
    : {
        authorizer: {
          jwt: {
            claims: Object.fromEntries(Object.entries(claims).map(([name, claim]) => [name, asText(claim)])),
            scopes: [],
          },
        },
      };

/** The event. `request.url` is an origin-form target: a path and a query. */
export const toEvent = (request: IncomingMessage, body: Buffer, caller: Caller): APIGatewayProxyEventV2 => {
  const [rawPath = '/', ...rest] = (request.url ?? '/').split('?');
  const rawQueryString = rest.join('?');
  const query = joined(new URLSearchParams(rawQueryString));
  const isText = textual.test(request.headers['content-type'] ?? '');
  const now = new Date();
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString,
    headers: joined(headerPairs(request.rawHeaders)),
    ...(rawQueryString === '' ? {} : { queryStringParameters: query }),
    requestContext: {
      accountId: 'local',
      apiId: 'local',
      ...authorizerOf(caller),
      domainName: request.headers.host ?? '',
      domainPrefix: '',
      http: {
        method: request.method ?? 'GET',
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '',
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId: caller.requestId,
      routeKey: '$default',
      stage: '$default',
      time: now.toISOString(),
      timeEpoch: now.getTime(),
    },
    ...(body.length === 0 ? {} : { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
};

/** Writes the result. A HEAD request gets the headers of its GET and no body. */
export const sendResult = (response: ServerResponse, result: APIGatewayProxyStructuredResultV2): void => {
  const body = Buffer.from(result.body ?? '', result.isBase64Encoded ? 'base64' : 'utf8');
  response.statusCode = result.statusCode ?? 200;
  for (const [name, value] of Object.entries(result.headers ?? {})) response.setHeader(name, String(value));
  if (response.statusCode !== 204 && response.statusCode !== 304) response.setHeader('content-length', body.length);
  response.end(response.req.method === 'HEAD' ? undefined : body);
};
