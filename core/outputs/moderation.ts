import type { Recipe } from '../ffmpeg/recipe.ts';
import { defineOutput } from './define-output.ts';
import { lookedAt, unsuitedGrid } from './looked-at.ts';

const defaultThreshold = 0.6;

export const moderation = defineOutput({
  type: 'moderation',
  summary:
    'Whether something is to be seen that not everybody wants to see, as JSON: `ok`, and what it is, and at which seconds. ' +
    'Single pictures are looked at by Amazon Rekognition, where the deployment has `contentAnalysis`.',
  examples: [
    {
      title: 'Is it fit for everybody? When in doubt it is not',
      output: { type: 'moderation', every: 1, threshold: 0.4 },
    },
  ],
  unsupported: unsuitedGrid,
  plan: (context): Recipe => {
    const { name, output, source } = context;
    const { of, files, at } = lookedAt(context);
    return {
      kind: 'recognised',
      output: name,
      source,
      of,
      files,
      recognition: { kind: 'moderation', at: [...at], threshold: output.threshold ?? defaultThreshold },
      file: `${name}.json`,
      contentType: 'application/json',
    };
  },
});
