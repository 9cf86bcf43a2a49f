import { defineInput } from './define-input.ts';
import { fetchStored } from './stored.ts';

export const job = defineInput({
  kind: 'job',
  summary: 'An output of an earlier job of the same owner.',
  examples: [{ job: 'job_01J9ZK3V8Q6X4T2N7M5R1W0YBD', output: 'marked' }],
  fetch: fetchStored,
});
