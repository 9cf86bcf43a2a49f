import { afterEach, expect, test, vi } from 'vitest';
import { lambdaLog, traceHeader } from '#adapters/system/lambda.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const logged = (): Record<string, unknown> => {
  const lines: string[] = [];
  lambdaLog((line) => lines.push(line)).info('task started', { jobId: 'job_1' });
  return JSON.parse(lines.join('')) as Record<string, unknown>; // true: each line is an object
};

const header = (root: string): string => `Root=${root};Parent=53995c3f42cd8ad8;Sampled=0`;

test('each line of a function names the trace of the invocation that it belongs to', () => {
  const traces = ['1-5759e988-bd862e3fe1be46a994272793', '1-5759e988-000000000000000000000002'];
  for (const trace of traces) {
    vi.stubEnv('_X_AMZN_TRACE_ID', header(trace));
    expect(logged()).toMatchObject({ message: 'task started', jobId: 'job_1', traceId: trace });
    expect(traceHeader()).toBe(header(trace));
  }
});

test.each([undefined, '', 'Root=1-5759e988', 'Sampled=1'])('where there is no trace, none is named: %s', (value) => {
  vi.stubEnv('_X_AMZN_TRACE_ID', value);
  expect(logged()).not.toHaveProperty('traceId');
});
