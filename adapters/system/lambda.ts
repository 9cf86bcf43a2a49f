/** What is particular to a function's log: it is what the function prints, and each line names the trace it belongs to. */
import type { Log } from '#core/ports/log.ts';
import { jsonLog } from './json-log.ts';

/**
 * The trace of the invocation, as X-Ray passes it on: `Root=1-…;Parent=…;Sampled=1`. No configuration can hold it: the
 * runtime puts it into the environment anew for each invocation, which is why it is read here.
 */
export const traceHeader = (): string | undefined => process.env['_X_AMZN_TRACE_ID'];

/** The part of the header that is the same for everything that one request set off. */
const traceFields = (header = ''): Record<string, string> => {
  const traceId = /(?:^|;)Root=(1-[0-9a-f]{8}-[0-9a-f]{24})/.exec(header)?.[1];
  return traceId === undefined ? {} : { traceId };
};

export const print = (line: string): unknown => process.stdout.write(line);

export const lambdaLog = (write = print): Log => jsonLog(write, { context: () => traceFields(traceHeader()) });
