import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lambdaProber } from '#adapters/lambda/prober.ts';
import { aProbe } from '#test/support/records.ts';

const object = { key: 'uploads/ana/x/source', etag: 'etag-1', bytes: 4 };

/** Answers like the Lambda service; what it is to answer is set by each test. */
describe('a probe by the function of the runner', () => {
  let answer: { status: number; headers?: Record<string, string>; body: unknown };
  const asked: { path: string | undefined; body: unknown }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      asked.push({ path: request.url, body: JSON.parse(Buffer.concat(chunks).toString('utf8')) });
      response.writeHead(answer.status, answer.headers).end(JSON.stringify(answer.body));
    });
  });

  beforeEach(async () => {
    asked.length = 0;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const prober = () => {
    const { port } = server.address() as AddressInfo; // true: it listens on a TCP port
    const client = new LambdaClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
    });
    return lambdaProber({ client, functionName: 'runner' });
  };

  test('asks for the pinned object and answers with what is in it', async () => {
    answer = { status: 200, body: { probe: aProbe(), index: null } };
    expect(await prober().look(object)).toEqual({ probe: aProbe(), index: null });
    expect(asked).toEqual([{ path: '/2015-03-31/functions/runner/invocations', body: { probe: object } }]);
  });

  test.each([
    [
      'the file',
      { errorType: 'input.not_media', errorMessage: 'No demuxer takes it.' },
      'input.not_media',
      'No demuxer takes it.',
    ],
    [
      'the clock',
      { errorType: 'Sandbox.Timedout', errorMessage: 'RequestId: x Error: Task timed out' },
      'platform.timeout',
      undefined,
    ],
    ['the code', { errorType: 'TypeError', errorMessage: 'secret is undefined' }, 'platform.internal', undefined],
    ['nobody knows what', { message: 'what?' }, 'platform.internal', undefined],
  ])('that failed because of %s says so', async (_what, body, code, detail) => {
    answer = { status: 200, headers: { 'x-amz-function-error': 'Unhandled' }, body };
    await expect(prober().look(object)).rejects.toMatchObject({ code, facts: detail === undefined ? {} : { detail } });
  });

  test('that found no free worker may be tried again', async () => {
    answer = {
      status: 429,
      headers: { 'x-amzn-errortype': 'TooManyRequestsException' },
      body: { Reason: 'ConcurrentInvocationLimitExceeded', message: 'Rate exceeded' },
    };
    await expect(prober().look(object)).rejects.toMatchObject({ code: 'platform.capacity', retryable: true });
  });
});
