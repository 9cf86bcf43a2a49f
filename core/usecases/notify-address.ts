import { Failure } from '../failures.ts';
import type { JobSpec } from '../job/spec.ts';
import { addressProblem } from '../job/webhook-record.ts';

/** Fails with `spec.invalid`, naming the field at `pointer`. */
export const assertAddress = (url: string, pointer: string, privateHosts?: readonly string[]): void => {
  const message = addressProblem(url, privateHosts);
  if (message === undefined) return;
  throw new Failure('spec.invalid', {
    detail: `${pointer}: ${message}`,
    errors: [{ pointer, code: 'invalid_address', message }],
  });
};

/** The same for every address that a job names in `notify`. */
export const assertNotify = ({ notify = [] }: JobSpec, privateHosts?: readonly string[]): void => {
  for (const [n, target] of notify.entries())
    if ('webhook' in target) assertAddress(target.webhook, `/notify/${n}/webhook`, privateHosts);
};
