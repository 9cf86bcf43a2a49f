import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { inspect } from '#test/support/inspect.ts';
import type { Context } from '../context.ts';
import { smallImage, smallVideo, testPattern } from '../specs.ts';

const everything = (video: string, logo: string) => ({
  inputs: { video, logo },
  outputs: {
    mp4: { type: 'video', from: 'video', size: { shortSide: 180 }, encode: 'mp4-fast' },
    marked: {
      type: 'video',
      from: 'video',
      size: { shortSide: 240 },
      edit: [{ overlay: { image: 'logo', at: 'bottom-right', x: 10, y: 10, width: 60 } }],
      encode: 'mp4-fast',
    },
    sound: { type: 'audio', from: 'video', encode: 'mp3' },
    thumbnail: { type: 'image', from: 'video', at: '10%', size: { width: 320 } },
    preview: { type: 'preview', from: 'video', format: 'gif', seconds: 1, width: 160 },
    facts: { type: 'probe', from: 'video' },
    original: { type: 'copy', from: 'video' },
  },
});

const bytesOf = async ({ ana }: Context, jobId: string, name: string) => ana.output(jobId, name);

export const outputCases = (context: Context): void => {
  describe('outputs', () => {
    test('one video becomes a rendition, a watermarked version, sound, pictures, its facts and a copy', async () => {
      const { ana, clips } = context;
      const clip = await clips.path('demo.mp4');
      const [video, logo] = await Promise.all([ana.upload(clip), ana.upload(await clips.path('logo.png'))]);
      const { id } = await ana.submit(everything(video, logo));
      const job = await ana.ended(id);
      expect(job).toMatchObject({ status: 'succeeded', error: null, progress: 1 });

      const look = async (name: string) => inspect(await bytesOf(context, id, name));
      expect(await look('mp4')).toMatchObject({
        video: { codec: 'h264', width: 320, height: 180 },
        audio: { codec: 'aac' },
      });
      expect(await look('marked')).toMatchObject({ video: { codec: 'h264', width: 426, height: 240 } });
      expect(await look('sound')).toMatchObject({ format: 'mp3', video: undefined, audio: { codec: 'mp3' } });
      expect(await look('thumbnail')).toMatchObject({ video: { codec: 'mjpeg', width: 320, height: 180 } });
      expect(await look('preview')).toMatchObject({ format: 'gif', video: { width: 160, height: 90 } });
      expect((await look('mp4')).durationSeconds).toBeCloseTo(8, 0);
      expect((await look('preview')).durationSeconds).toBeCloseTo(1, 0);
      expect(JSON.parse(Buffer.from(await bytesOf(context, id, 'facts')).toString())).toMatchObject({
        video: [{ codec: 'h264', width: 1280, height: 720 }],
      });
      expect(Buffer.from(await bytesOf(context, id, 'original')).equals(await readFile(clip))).toBe(true);
    });

    test('an output names its engine, arguments, checks and the hash of its bytes', async () => {
      const { ana } = context;
      const { id } = await ana.submit({ inputs: { in: testPattern(1) }, outputs: { out: smallVideo } });
      const { outputs } = await ana.ended(id);
      const [file] = outputs['out']?.files ?? [];
      expect(outputs['out']).toMatchObject({
        status: 'succeeded',
        attestation: {
          engine: expect.stringMatching(/^ffmpeg version/),
          checks: { exit: 0, decodeErrors: 0, frames: 25, bytes: file?.bytes },
        },
      });
      expect(outputs['out']?.attestation?.commands.flat()).toContain('-format_whitelist');
      const bytes = await bytesOf(context, id, 'out');
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(file?.sha256);
    });

    test('a download is redirected to a signed address that needs no token and answers ranges', async () => {
      const { ana } = context;
      const { id } = await ana.submit({ inputs: { in: testPattern(1) }, outputs: { out: smallVideo } });
      const job = await ana.ended(id);
      const answer = await ana.request('GET', `/v1/jobs/${id}/outputs/out`);
      expect(answer.status).toBe(302);
      const signed = answer.headers.get('location') ?? '';
      const whole = await fetch(signed);
      expect(whole.headers.get('content-type')).toBe('video/mp4');
      expect(whole.headers.get('content-disposition')).toMatch(/^attachment/);
      expect((await whole.bytes()).length).toBe(job.outputs['out']?.files[0]?.bytes);
      const part = await fetch(signed, { headers: { range: 'bytes=4-7' } });
      expect(part.status).toBe(206);
      expect(await part.text()).toBe('ftyp');
    });

    test('an output of an earlier job can be the input of the next', async () => {
      const { ana } = context;
      const first = await ana.submit({ inputs: { in: testPattern(1) }, outputs: { out: smallVideo } });
      await ana.ended(first.id);
      const second = await ana.submit({
        inputs: { in: { job: first.id, output: 'out' } },
        outputs: { still: smallImage },
      });
      expect((await ana.ended(second.id)).status).toBe('succeeded');
      expect(await inspect(await bytesOf(context, second.id, 'still'))).toMatchObject({ video: { width: 64 } });
    });

    test('an output can be made from another output of the same job', async () => {
      const { ana } = context;
      const { id } = await ana.submit({
        inputs: { in: testPattern(1) },
        outputs: { out: smallVideo, still: { ...smallImage, from: 'out' } },
      });
      const job = await ana.ended(id);
      expect(job.status).toBe('succeeded');
      expect(await inspect(await bytesOf(context, id, 'still'))).toMatchObject({
        video: { codec: 'mjpeg', width: 64 },
      });
    });

    test('an output whose condition does not hold is skipped, and the rest is made', async () => {
      const { ana, clips } = context;
      const silent = await ana.upload(await clips.path('silent.mp4'));
      const { id } = await ana.submit({
        inputs: { in: silent },
        outputs: { still: smallImage, sound: { type: 'audio', encode: 'mp3', when: 'hasAudio' } },
      });
      expect(await ana.ended(id)).toMatchObject({
        status: 'succeeded',
        outputs: { still: { status: 'succeeded' }, sound: { status: 'skipped', files: [] } },
      });
    });

    test.each([
      ['convert', 'video', ['h264', 'mjpeg']],
      ['extract-audio', 'video', ['mp3']],
    ])('the template "%s" does what its name says', async (template, input, codecs) => {
      const { ana, clips } = context;
      const upload = await ana.upload(await clips.path('short.mp4'));
      const { id } = await ana.submit({ template, inputs: { [input]: upload } });
      const job = await ana.ended(id);
      expect(job).toMatchObject({ status: 'succeeded', template });
      const found = await Promise.all(
        Object.keys(job.outputs).map(async (name) => {
          const { video, audio } = await inspect(await bytesOf(context, id, name));
          return video?.codec ?? audio?.codec;
        }),
      );
      expect(new Set(found)).toEqual(new Set(codecs));
    });

    test('the template "watermark" lays a logo over the video, where its parameters say', async () => {
      const { ana, clips } = context;
      const video = await ana.upload(await clips.path('short.mp4'));
      const logo = await ana.upload(await clips.path('logo.png'));
      const { id } = await ana.submit({ template: 'watermark', params: { x: 20, y: 30 }, inputs: { video, logo } });
      const job = await ana.ended(id);
      expect(job).toMatchObject({ status: 'succeeded', outputs: { marked: { status: 'succeeded' } } });
      expect(job.outputs['marked']?.attestation?.commands.flat().join(' ')).toMatch(/overlay=.*20.*30/);
    });
  });
};
