import { describe, expect, test } from 'vitest';
import { corpus, corpusFile, type CorpusEntry } from '#test/support/corpus.ts';
import type { Context } from '../context.ts';
import { smallVideo } from '../specs.ts';

/** Files without a picture, and what the manifest calls rejected, are refused with one of these; none is retried. */
const refusals = [
  'input.not_media',
  'input.corrupt',
  'input.no_video_stream',
  'input.too_long',
  'encode.failed',
  'encode.verify_failed',
];

const mayComplete = ({ expect: wanted }: CorpusEntry): boolean => wanted.startsWith('complete');

export const corpusCases = (context: Context): void => {
  describe.skipIf(corpus.length === 0)('files of the corpus (skipped where ../shared/corpus is missing)', () => {
    test.each(corpus.map((entry) => ({ ...entry, title: `${entry.kind}: ${entry.exercises} (${entry.file})` })))(
      '$title',
      async (entry) => {
        const { ana } = context;
        const { id } = await ana.submit({
          inputs: { in: await ana.upload(corpusFile(entry)) },
          outputs: { out: { ...smallVideo, end: 5 } },
        });
        const job = await ana.ended(id);
        expect(job.attempt).toBe(1);
        if (job.status === 'succeeded') expect(mayComplete(entry)).toBe(true);
        else {
          expect(job.status).toBe('failed');
          expect(refusals).toContain(job.error?.code);
          expect(job.error?.hint).not.toBe('');
        }
      },
    );
  });
};
