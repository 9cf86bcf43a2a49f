import { defineInput } from './define-input.ts';
import { fetchStored } from './stored.ts';

export const media = defineInput({
  kind: 'media',
  summary: 'An item of the library: something that was imported before.',
  examples: [{ media: 'med_01J9ZK3V8Q6X4T2N7M5R1W0YBD' }],
  fetch: fetchStored,
});
