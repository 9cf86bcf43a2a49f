import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { JobView } from '#core/job/view.ts';
import { processesIn, untilNoneIn } from '#test/support/processes.ts';
import type { Context } from '../context.ts';
import { slowVideo, smallImage, smallVideo, testPattern } from '../specs.ts';

const isEncoding = ({ status, outputs }: JobView): boolean =>
  status !== 'queued' && (status !== 'running' || Object.values(outputs).some((output) => output.phase === 'encoding'));

/** A job that is encoding now, and will be for a while. */
const startSlowJob = async ({ ana, clips }: Context, outputs: object = { out: slowVideo }): Promise<string> => {
  const upload = await ana.upload(await clips.path('long.mp4'));
  const { id } = await ana.submit({ inputs: { in: upload }, outputs });
  const job = await ana.until(id, isEncoding);
  expect(job.status).toBe('running');
  return id;
};

const ofJob = async ({ deployment }: Context, id: string): Promise<readonly string[]> =>
  (await deployment.objects()).filter((key) => key.includes(id));

export const lifecycleCases = (context: Context): void => {
  describe('lifecycle', () => {
    test('ten jobs at once all succeed', async () => {
      const { ana, clips } = context;
      const upload = await ana.upload(await clips.path('short.mp4'));
      const jobs = await Promise.all(
        Array.from({ length: 10 }, () => ana.submit({ inputs: { in: upload }, outputs: { out: smallVideo } })),
      );
      const ended = await Promise.all(jobs.map(({ id }) => ana.ended(id)));
      expect(ended.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 'succeeded'));
    });

    test('progress is between 0 and 1, never falls, and is 1 only at the end', async () => {
      const { ana, clips } = context;
      const upload = await ana.upload(await clips.path('demo.mp4'));
      const { id } = await ana.submit({ inputs: { in: upload }, outputs: { out: { type: 'video', encode: 'mp4' } } });
      const seen: number[] = [];
      await ana.ended(id, ({ progress }) => seen.push(progress));
      expect(seen.toSorted((a, b) => a - b)).toEqual(seen);
      expect(seen.slice(0, -1).every((progress) => progress < 1)).toBe(true);
      expect(seen.at(-1)).toBe(1);
      expect(seen.filter((progress) => progress > 0 && progress < 1).length).toBeGreaterThan(0);
    });

    test('a job that is canceled while it encodes stops within three seconds and shows no output', async () => {
      const { ana, deployment } = context;
      const id = await startSlowJob(context, { out: slowVideo, still: smallImage });
      expect((await processesIn(deployment.workFolder)).some(({ command }) => command.includes('ffmpeg'))).toBe(true);
      expect((await ana.request('POST', `/v1/jobs/${id}/cancel`)).status).toBe(202);
      await untilNoneIn(deployment.workFolder, 3000);
      const job = await ana.job(id);
      expect(job.status).toBe('canceled');
      expect(Object.values(job.outputs).flatMap(({ files }) => files)).toEqual([]);
      expect((await ana.request('GET', `/v1/jobs/${id}/outputs/still`)).status).toBe(409);
      expect((await ana.request('POST', `/v1/jobs/${id}/cancel`)).status).toBe(202);
      expect((await ana.job(id)).version).toBe(job.version);
    });

    test('a job that has ended cannot be canceled any more, and does not change', async () => {
      const { ana } = context;
      const { id } = await ana.submit({ inputs: { in: testPattern(1) }, outputs: { out: smallImage } });
      const { version } = await ana.ended(id);
      const answer = await ana.request('POST', `/v1/jobs/${id}/cancel`);
      expect(answer.status).toBe(409);
      expect(await answer.json()).toMatchObject({ code: 'conflict.state' });
      expect(await ana.job(id)).toMatchObject({ status: 'succeeded', version });
    });

    test('a retry makes a new job, of the outputs that are asked for', async () => {
      const { ana } = context;
      const { id } = await ana.submit({
        inputs: { in: testPattern(1) },
        outputs: { a: smallImage, b: { ...smallImage, format: 'png' } },
      });
      await ana.ended(id);
      const answer = await ana.request('POST', `/v1/jobs/${id}/retry`, { body: { outputs: ['b'] } });
      expect(answer.status).toBe(202);
      const retried = await ana.ended(answer.headers.get('location')?.split('/').at(-1) ?? '');
      expect(retried).toMatchObject({ status: 'succeeded', retryOf: id });
      expect(Object.keys(retried.outputs)).toEqual(['b']);
    });

    test('a job that is deleted leaves nothing behind', async () => {
      const { ana } = context;
      const { id } = await ana.submit({ inputs: { in: testPattern(1) }, outputs: { out: smallVideo } });
      await ana.ended(id);
      expect((await ofJob(context, id)).length).toBeGreaterThan(0);
      expect((await ana.request('DELETE', `/v1/jobs/${id}`)).status).toBe(204);
      expect((await ana.request('GET', `/v1/jobs/${id}`)).status).toBe(404);
      expect(await ofJob(context, id)).toEqual([]);
    });

    test('a job that is deleted while it encodes leaves nothing behind, and does not come back', async () => {
      const { ana, deployment } = context;
      const id = await startSlowJob(context);
      expect((await ana.request('DELETE', `/v1/jobs/${id}`)).status).toBe(204);
      await untilNoneIn(deployment.workFolder, 3000);
      await setTimeout(500);
      expect((await ana.request('GET', `/v1/jobs/${id}`)).status).toBe(404);
      expect(await ofJob(context, id)).toEqual([]);
    });

    test('an output that cannot be made fails the job before anything is encoded, and is named', async () => {
      const { ana, clips } = context;
      const upload = await ana.upload(await clips.path('silent.mp4'));
      const { id } = await ana.submit({ inputs: { in: upload }, outputs: { still: smallImage, sound: 'mp3' } });
      expect(await ana.ended(id)).toMatchObject({
        status: 'failed',
        error: { code: 'input.no_audio_stream', output: 'sound', retryable: false },
        outputs: { still: { files: [] } },
      });
    });

    test('with onError "continue" an input that cannot be read leaves the other outputs', async () => {
      const { ana, clips } = context;
      const [good, bad] = await Promise.all([
        ana.upload(await clips.path('short.mp4')),
        ana.upload(await clips.path('text.mp4')),
      ]);
      const { id } = await ana.submit({
        onError: 'continue',
        inputs: { good, bad },
        outputs: { one: { ...smallImage, from: 'good' }, two: { ...smallImage, from: 'bad' } },
      });
      expect(await ana.ended(id)).toMatchObject({
        status: 'partial',
        outputs: { one: { status: 'succeeded' }, two: { status: 'failed', files: [] } },
      });
    });
  });
};
