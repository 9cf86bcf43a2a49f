import { containerFile } from './container-file.ts';
import { defineOutput } from './define-output.ts';

export const copy = defineOutput({
  type: 'copy',
  summary: 'The source itself, byte for byte.',
  examples: [{ title: 'Keep the original beside what is made of it', output: { type: 'copy' } }],
  plan: ({ name, source }) => {
    const { extension, contentType } = containerFile(source.probe.container);
    return {
      kind: 'document',
      output: name,
      source,
      file: `${name}.${extension}`,
      contentType,
      produces: source.probe,
    };
  },
});
