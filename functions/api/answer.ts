/** What a route answers, before it becomes a result of API Gateway. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is; its `content-type` is among the headers. */
  readonly text?: string;
}

export type Result = APIGatewayProxyStructuredResultV2 & {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
};

export const toResult = ({ status, headers = {}, json, text = '' }: Answer): Result => ({
  statusCode: status,
  headers: { ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
  body: json === undefined ? text : JSON.stringify(json),
});
