/** What a route answers, before it becomes a result of API Gateway. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; no body where it is left out. */
  readonly json?: unknown;
}

export type Result = APIGatewayProxyStructuredResultV2 & {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
};

export const toResult = ({ status, headers = {}, json }: Answer): Result => ({
  statusCode: status,
  headers: { ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
  body: json === undefined ? '' : JSON.stringify(json),
});
