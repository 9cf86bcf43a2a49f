import { containerFile } from './container-file.ts';
import { defineOutput } from './define-output.ts';

export const checksum = defineOutput({
  type: 'checksum',
  summary: 'The SHA-256 of the source, as a line that `sha256sum -c` checks.',
  examples: [{ title: 'The checksum of the input', output: { type: 'checksum' } }],
  plan: ({ name, source }) => {
    const { from, probe } = source;
    // An input's own name stays with its owner: the line names it as a `copy` of it would be called.
    const of = 'file' in from ? from.file : `${source.name}.${containerFile(probe.container).extension}`;
    return {
      kind: 'document',
      output: name,
      source,
      document: { kind: 'checksum', of: 'in0', name: of },
      file: `${name}.sha256`,
      contentType: 'text/plain',
    };
  },
});
