import { describe, expect, test } from 'vitest';
import { corpus, corpusFile, hasCorpus, skipReason } from '#test/support/corpus.ts';
import type { Context } from '../context.ts';
import { smallVideo } from '../specs.ts';

const titled = corpus.map((entry) => ({ ...entry, title: `${entry.file}: ${entry.expect}` }));

const casesOf =
  (entries: typeof titled) =>
  (context: Context): void => {
    describe.skipIf(!hasCorpus)(`files of the corpus${hasCorpus ? '' : ` (${skipReason})`}`, () => {
      test.each(entries)('$title', async (entry) => {
        const { ana } = context;
        const { id } = await ana.submit({
          inputs: { in: await ana.upload(corpusFile(entry)) },
          outputs: { out: { ...smallVideo, end: 5, when: 'hasVideo' } },
        });
        const job = await ana.ended(id);
        expect(job.attempt).toBe(1);
        if (entry.expect.startsWith('complete')) {
          expect(job).toMatchObject({ status: 'succeeded', error: null });
          if (entry.kind === 'malformed') expect(job.outputs['out']?.warnings.join()).toMatch(/decode errors/);
        } else {
          const code = expect.stringMatching(/^input\.(?:not_media|corrupt)$/);
          expect(job).toMatchObject({
            status: 'failed',
            error: { code, retryable: false },
            outputs: { out: { files: [] } },
          });
          expect(job.error?.hint).not.toBe('');
        }
      });
    });
  };

export const corpusCases = casesOf(titled);

/** Every fifth: for a second host of the same code, whose way to a file is another one and whose reading of it is not. */
export const someCorpusCases = casesOf(titled.filter((_, n) => n % 5 === 0));
