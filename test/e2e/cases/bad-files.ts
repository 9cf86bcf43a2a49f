import { copyFile, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Context } from '../context.ts';
import { smallVideo } from '../specs.ts';

const jobOf = async ({ ana }: Context, file: string) => {
  const { id } = await ana.submit({ inputs: { in: await ana.upload(file) }, outputs: { out: smallVideo } });
  return ana.ended(id);
};

const truncated = async ({ clips }: Context): Promise<string> => {
  const whole = await clips.path('short.mp4');
  const file = join(dirname(whole), 'truncated.mp4');
  await copyFile(whole, file);
  await truncate(file, 20_000);
  return file;
};

export const badFileCases = (context: Context): void => {
  describe('files that are no video', () => {
    test.each([
      ['an empty file', async () => context.clips.path('empty.mp4'), 'input.corrupt'],
      ['text named .mp4', async () => context.clips.path('text.mp4'), 'input.not_media'],
      ['a video without its end', async () => truncated(context), 'input.corrupt'],
      ['a picture where a video is needed', async () => context.clips.path('logo.png'), 'input.no_video_stream'],
    ])('%s fails at once, with a code and a hint, and is not tried again', async (_what, file, code) => {
      const job = await jobOf(context, await file());
      expect(job).toMatchObject({ status: 'failed', attempt: 1, error: { code, retryable: false } });
      expect(job.error?.hint).not.toBe('');
      expect(Object.values(job.outputs).flatMap(({ files }) => files)).toEqual([]);
    });

    test('what FFmpeg said of a damaged file is in the error', async () => {
      const job = await jobOf(context, await truncated(context));
      expect(job.error?.stderrTail).toMatch(/moov atom not found/);
    });
  });
};
