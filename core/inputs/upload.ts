import { defineInput } from './define-input.ts';
import { fetchStored } from './stored.ts';

export const upload = defineInput({
  kind: 'upload',
  summary: 'A file that was uploaded through `POST /v1/uploads`.',
  examples: [{ upload: 'upl_01J9ZK3V8Q6X4T2N7M5R1W0YBD' }],
  fetch: fetchStored,
});
