import { defineOutput } from './define-output.ts';

export const probe = defineOutput({
  type: 'probe',
  summary: 'What is known of the source, as JSON: container, tracks, sizes, rates, durations.',
  examples: [{ title: 'The probe of the input', output: { type: 'probe' } }],
  plan: ({ name, source }) => ({
    kind: 'document',
    output: name,
    source,
    document: { kind: 'text', text: `${JSON.stringify(source.probe, undefined, 2)}\n` },
    file: `${name}.json`,
    contentType: 'application/json',
  }),
});
