import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lying, makeLyingFilm } from '#test/support/lying-film.ts';
import { makeNumbered, numbersIn, small } from '#test/support/numbered-sources.ts';
import type { Context } from '../context.ts';

const seconds = 26;
const everyPicture = Array.from({ length: seconds * 30 }, (_, n) => n);

/** `name.m3u8` and what lies beside it, as one file. */
const playlistParts = (playlist: string): string[] => [
  ...(/#EXT-X-MAP:URI="([^"]+)"/.exec(playlist)?.slice(1) ?? []),
  ...playlist.split('\n').filter((line) => line.endsWith('.m4s')),
];

export const fanOutCases = (context: Context): void => {
  describe('a film in pieces', () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'kinoduct-fan-out-'));
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    test('is encoded by several tasks, and has every picture once: as a file and as a stream', async () => {
      const { ana } = context;
      const paths = await makeNumbered(folder, ['open-gop'], { ...small, seconds });
      const { id } = await ana.submit({
        inputs: { film: await ana.upload(paths['open-gop'] ?? '') },
        outputs: {
          // So much work that it pays in a cloud as well to do it in pieces.
          file: { type: 'video', from: 'film', encode: { preset: 'mp4', speed: 'slower' } },
          live: { type: 'stream', from: 'film', segmentSeconds: 2, ladder: [{ shortSide: 180 }] },
          still: { type: 'image', from: 'file', at: 20 },
        },
        optimize: 'speed',
      });
      const job = await ana.ended(id);
      expect(job).toMatchObject({ status: 'succeeded', error: null });
      expect(job.outputs['file']?.attestation?.checks.join).toMatchObject({ timesEqual: true });
      expect(job.outputs['file']?.attestation?.checks.join?.pieces).toBeGreaterThan(1);
      expect(job.outputs['file']?.files).toHaveLength(1);

      const file = join(folder, 'file.mp4');
      await writeFile(file, await ana.output(id, 'file'));
      expect(await numbersIn(file, small.square)).toEqual(everyPicture);

      const part = async (name: string): Promise<Buffer> => {
        const answer = await ana.request('GET', `/v1/jobs/${id}/outputs/live/${name}`);
        return answer.status === 302
          ? Buffer.from(await (await fetch(answer.headers.get('location') ?? '')).arrayBuffer())
          : Buffer.from(await answer.arrayBuffer());
      };
      expect(job.outputs['live']?.files[0]?.name).toBe('master.m3u8');
      const stream = join(folder, 'stream.mp4');
      const parts = playlistParts(String(await part('v180.m3u8')));
      await writeFile(stream, Buffer.concat(await Promise.all(parts.map(part))));
      expect(await numbersIn(stream, small.square)).toEqual(everyPicture);
    });

    test('that lies about its key pictures is made in one after all, where it was cut, and has every picture', async () => {
      const { ana } = context;
      const film = join(folder, 'lying.mp4');
      await makeLyingFilm(film);
      const { id } = await ana.submit({
        inputs: { film: await ana.upload(film) },
        outputs: { file: { type: 'video', from: 'film', encode: { preset: 'mp4', speed: 'ultrafast' } } },
        optimize: 'speed',
      });
      const job = await ana.ended(id);
      expect(job).toMatchObject({ status: 'succeeded', error: null });
      expect(job.outputs['file']?.attestation?.checks.join).toBeUndefined();
      // A cloud cuts longer films only.
      const warnings = job.plan?.warnings ?? [];
      expect(warnings.filter((warning) => !warning.includes('What the source lists as a key picture is none'))).toEqual(
        [],
      );
      const file = join(folder, 'whole.mp4');
      await writeFile(file, await ana.output(id, 'file'));
      const pictures = Array.from({ length: lying.rate * lying.seconds }, (_, n) => n);
      expect(await numbersIn(file, lying.square)).toEqual(pictures);
    });
  });
};
