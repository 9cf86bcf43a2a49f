import type { Recipe } from '../ffmpeg/recipe.ts';
import { defineOutput } from './define-output.ts';
import { lookedAt, unsuitedGrid } from './looked-at.ts';

const defaults = { minConfidence: 0.7, max: 100 } as const;

export const labels = defineOutput({
  type: 'labels',
  summary:
    'What is to be seen, as JSON: each thing with how sure it is, and the seconds at which it is seen. Single pictures are ' +
    'looked at by Amazon Rekognition, where the deployment has `contentAnalysis`.',
  examples: [
    { title: 'What is to be seen', output: { type: 'labels' } },
    {
      title: 'Every half second, only what is sure',
      output: { type: 'labels', every: 0.5, minConfidence: 0.9, max: 10 },
    },
  ],
  unsupported: unsuitedGrid,
  plan: (context): Recipe => {
    const { name, output, source } = context;
    const { of, files, at } = lookedAt(context);
    const { minConfidence = defaults.minConfidence, max = defaults.max } = output;
    return {
      kind: 'recognised',
      output: name,
      source,
      of,
      files,
      recognition: { kind: 'labels', at: [...at], minConfidence, max },
      file: `${name}.json`,
      contentType: 'application/json',
    };
  },
});
