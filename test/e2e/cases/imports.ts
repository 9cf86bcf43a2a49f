import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { inspect } from '#test/support/inspect.ts';
import type { ClipName } from '#test/support/clips.ts';
import type { Context } from '../context.ts';
import { smallVideo, testPattern } from '../specs.ts';

const clip = async ({ clips }: Context, name: ClipName): Promise<Buffer> => readFile(await clips.path(name));

const run = async ({ ana }: Context, job: Record<string, unknown>) => ana.ended((await ana.submit(job)).id);

/** The job with that one input and a small video of it. */
const ofInput = (context: Context, input: unknown) =>
  run(context, { inputs: { in: input }, outputs: { out: smallVideo } });

export const importCases = (context: Context): void => {
  describe('imports', () => {
    test('an address is downloaded once, and again only when the file there has changed', async () => {
      const { outside } = context;
      outside.serve('/film.mp4', await clip(context, 'short.mp4'));
      const url = `${outside.url}/film.mp4`;
      for (const _ of [1, 2]) {
        const job = await ofInput(context, url);
        expect(job).toMatchObject({ status: 'succeeded', error: null, inputs: { in: { status: 'ready' } } });
      }
      expect(outside.sent('/film.mp4')).toBe(1);

      outside.serve('/film.mp4', await clip(context, 'silent.mp4'));
      const changed = await ofInput(context, url);
      expect(changed.inputs['in']?.probe?.audio).toEqual([]);
      expect(outside.sent('/film.mp4')).toBe(2);
    });

    test('two inputs of one address are downloaded once, and each is read as it says', async () => {
      const { ana, outside } = context;
      outside.serve('/twice.mp4', await clip(context, 'demo.mp4'));
      const url = `${outside.url}/twice.mp4`;
      const job = await run(context, {
        inputs: { start: { url, end: 1 }, rest: { url, start: 6 } },
        outputs: { a: { ...smallVideo, from: 'start' }, b: { ...smallVideo, from: 'rest' } },
      });
      expect(job).toMatchObject({ status: 'succeeded' });
      expect(outside.sent('/twice.mp4')).toBe(1);
      const seconds = async (name: string) => (await inspect(await ana.output(job.id, name))).durationSeconds;
      expect(await seconds('a')).toBeCloseTo(1, 1);
      expect(await seconds('b')).toBeCloseTo(2, 1);
    });

    test('what was imported is an item of the library, which a job can name', async () => {
      const { ana, outside } = context;
      outside.serve('/library.mp4', await clip(context, 'short.mp4'));
      const url = `${outside.url}/library.mp4`;
      await ofInput(context, url);
      const response = await ana.request('GET', `/v1/media?source=${encodeURIComponent(url)}`);
      const { items } = (await response.json()) as { items: { id: string; probe: { video: unknown[] } | null }[] }; // true: the API's answer
      expect(items).toHaveLength(1);
      expect(items[0]?.probe?.video).toHaveLength(1);
      const again = await ofInput(context, { media: items[0]?.id });
      expect(again).toMatchObject({ status: 'succeeded' });
      expect(outside.sent('/library.mp4')).toBe(1);
    });

    test('the library of one owner is no other’s', async () => {
      const { ana, ben, outside } = context;
      outside.serve('/private.mp4', await clip(context, 'short.mp4'));
      const url = `${outside.url}/private.mp4`;
      await ofInput(context, url);
      const response = await ana.request('GET', `/v1/media?source=${encodeURIComponent(url)}`);
      const { items } = (await response.json()) as { items: { id: string }[] }; // true: the API's answer
      const stolen = ben.submit({ inputs: { in: { media: items[0]?.id } }, outputs: { out: 'probe' } });
      await expect(stolen).rejects.toMatchObject({ code: 'input.not_found' });
      const { id } = await ben.submit({ inputs: { in: url }, outputs: { out: 'probe' } });
      await ben.ended(id);
      expect(outside.sent('/private.mp4')).toBe(2);
    });

    test.each([
      ['an address inside', () => 'http://169.254.169.254/latest/meta-data/', 'input.forbidden_host'],
      ['a redirect inside', () => `${context.outside.url}/inside`, 'input.forbidden_host'],
      ['a file that is not there', () => `${context.outside.url}/nothing.mp4`, 'input.not_found'],
      ['a bucket that is not listed', () => 's3://somebody-elses/film.mp4', 'input.forbidden_host'],
      ['an object that is not there', () => 's3://archive/nothing.mp4', 'input.not_found'],
    ])('%s ends the job at once, and says so', async (_what, input, code) => {
      context.outside.redirect('/inside', 'http://127.0.0.1:1/secret');
      const job = await ofInput(context, input());
      expect(job).toMatchObject({
        status: 'failed',
        attempt: 1,
        error: { code, retryable: false },
        inputs: { in: { status: 'failed' } },
      });
    });

    test('an object of a listed bucket is imported', async () => {
      const { deployment } = context;
      await deployment.bucket.put('2026/short film.mp4', await clip(context, 'short.mp4'));
      const job = await ofInput(context, 's3://archive/2026/short film.mp4');
      expect(job).toMatchObject({ status: 'succeeded', error: null });
    });

    test('a text is spoken, without a service', async () => {
      const { ana } = context;
      const speech = { text: "It's 100% 'quoted': [out];movie=/etc/passwd", voice: 'Joanna', provider: 'local' };
      const job = await run(context, {
        inputs: { voice: { speech } },
        outputs: { out: { type: 'audio', encode: 'wav' } },
      });
      expect(job).toMatchObject({ status: 'succeeded', error: null });
      const spoken = await inspect(await ana.output(job.id, 'out'));
      expect(spoken.durationSeconds).toBeGreaterThan(1);
    });

    test('a colour and silence are made', async () => {
      const { ana } = context;
      const job = await run(context, {
        inputs: { red: { color: '#ff0000', seconds: 2 }, quiet: { silence: 3 } },
        outputs: {
          picture: { ...smallVideo, from: 'red' },
          sound: { type: 'audio', from: 'quiet', encode: 'wav' },
        },
      });
      expect(job).toMatchObject({ status: 'succeeded', error: null });
      expect(await inspect(await ana.output(job.id, 'picture'))).toMatchObject({ video: { width: 214, height: 120 } });
      expect((await inspect(await ana.output(job.id, 'sound'))).durationSeconds).toBeCloseTo(3, 1);
    });

    test('a job goes on without an optional input, and what needs it is skipped', async () => {
      const { outside } = context;
      const job = await run(context, {
        inputs: { main: testPattern(1), logo: { url: `${outside.url}/no-logo.png`, optional: true } },
        outputs: {
          marked: { ...smallVideo, from: 'main', edit: [{ overlay: { image: 'logo', at: 'top-left' } }] },
          alone: { type: 'image', from: 'logo' },
        },
      });
      expect(job).toMatchObject({
        status: 'succeeded',
        error: null,
        inputs: { logo: { status: 'failed' } },
        outputs: {
          marked: { status: 'succeeded' },
          alone: { status: 'skipped', reason: expect.stringContaining('"logo" is missing') },
        },
      });
    });
  });
};
