import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { inspect } from '#test/support/inspect.ts';
import type { Context } from '../context.ts';

export const variantCases = (context: Context): void => {
  describe('variants', () => {
    const clip = async (name: Parameters<Context['clips']['path']>[0]) => readFile(await context.clips.path(name));

    test('all combinations of clips get random music and speech, and lie in a Drive folder of their own', async () => {
      const { ana, outside } = context;
      outside.serve('/ads/1.mp4', await clip('short.mp4'));
      outside.serve('/ads/2.mp4', await clip('silent.mp4'));
      outside.serve('/ads/music-1.mp4', await clip('short.mp4'));
      outside.serve('/ads/music-2.mp4', await clip('demo.mp4'));
      const at = (path: string): string => `${outside.url}/ads/${path}`;
      const submitted = await ana.submit({
        template: 'ad-variants',
        name: 'spring',
        seed: 7,
        params: {
          videoBlocks: { opening: [at('1.mp4'), at('2.mp4')], closing: [at('2.mp4'), at('1.mp4')] },
          audioBlocks: { beds: [at('music-1.mp4'), at('music-2.mp4')] },
          textToSpeech: [
            { text: 'Welcome to spring.', voice: 'Joanna', provider: 'local' },
            { text: 'Everything is new.', voice: 'Matthew', provider: 'local' },
          ],
          fps: 10,
          speed: 'ultrafast',
          deliverTo: `gdrive://${outside.drive.root}`,
          secret: 'drive',
        },
      });
      const job = await ana.ended(submitted.id);
      expect(job.error).toBeNull();
      expect(job).toMatchObject({ status: 'succeeded', template: 'ad-variants' });
      expect(Object.keys(job.outputs)).toEqual(['ad-1', 'ad-2', 'ad-3', 'ad-4']);
      expect(new Set(Object.values(job.picks).map((picks) => JSON.stringify(picks))).size).toBeGreaterThan(1);

      const folder = outside.drive.paths().find((path) => path.startsWith('spring-') && !path.includes('/'));
      expect(outside.drive.paths().filter((path) => path.startsWith(`${folder}/`) && path.endsWith('.mp4'))).toEqual(
        [1, 2, 3, 4].map((n) => expect.stringMatching(new RegExp(`/out${n}\\.mp4$`))),
      );
      expect(outside.drive.violations).toEqual([]);
      for (const name of Object.keys(job.outputs)) {
        const made = await inspect(await ana.output(job.id, name));
        expect(made).toMatchObject({ video: { width: 320, height: 240 }, audio: { codec: 'aac' } });
        // Two clips of two seconds, at ten pictures a second.
        expect(made.video?.frames).toBe(40);
      }
      // Each address and each text was brought in once, however many variants use it.
      expect(outside.sent('/ads/1.mp4')).toBe(1);
    });

    test('the same seed picks the same, and the picks are recorded', async () => {
      const { ana } = context;
      const job = {
        seed: 3,
        inputs: { one: { silence: 1 }, two: { silence: 2 }, three: { silence: 3 } },
        matrix: { axes: { n: ['one', 'two', 'three'] } },
        outputs: {
          sound: { type: 'audio', from: { concat: ['$n', { pick: ['one', 'two', 'three'] }] }, encode: 'wav' },
        },
      };
      const [first, second] = [await ana.submit(job), await ana.submit(job)];
      const ended = [await ana.ended(first.id), await ana.ended(second.id)];
      expect(ended.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
      expect(ended[0]?.picks).toEqual(ended[1]?.picks);
      expect(Object.keys(ended[0]?.picks ?? {})).toEqual(['sound-1', 'sound-2', 'sound-3']);
    });
  });
};
