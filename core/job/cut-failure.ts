/** What is done where a film cannot be made in pieces after all: it is made in one. */
import type { FailureCode } from '../failures.ts';
import { cutBy } from './plan.ts';
import type { TaskRecord } from './state.ts';

/** What one encode might not fail with: all but limits, and what the platform tells by itself to try again later. */
const codes: ReadonlySet<string> = new Set<FailureCode>([
  'encode.failed',
  'encode.verify_failed',
  'input.corrupt',
  'platform.internal',
]);

/** True of a task that failed while a film was made in pieces, so that the film is to be made in one. */
export const endsCutting = ({ task, state, error }: Pick<TaskRecord, 'task' | 'state' | 'error'>): boolean =>
  state === 'failed' && cutBy(task).length > 0 && codes.has(error?.code ?? '');
