import { describe, expect, test } from 'vitest';
import type { JobView } from '#core/job/view.ts';
import type { Context } from '../context.ts';
import { smallImage, smallVideo } from '../specs.ts';

const again = { reuse: true } as const;
const reusedOf = ({ outputs }: JobView) =>
  Object.fromEntries(Object.entries(outputs).map(([name, { reused }]) => [name, reused]));
const sums = ({ outputs }: JobView) => Object.values(outputs).flatMap(({ files }) => files.map(({ sha256 }) => sha256));

export const reuseCases = (context: Context): void => {
  describe('what was made before', () => {
    const outputs = { video: smallVideo, still: smallImage };
    const made = async (): Promise<{ upload: string; first: JobView }> => {
      const upload = await context.ana.upload(await context.clips.path('short.mp4'));
      const { id } = await context.ana.submit({ inputs: { in: upload }, outputs });
      return { upload, first: await context.ana.ended(id) };
    };

    test('the same job again has ended when it is answered, and lists the same files', async () => {
      const { ana } = context;
      const { upload, first } = await made();
      const second = await ana.submit({ ...again, inputs: { in: upload }, outputs });
      expect(second).toMatchObject({ status: 'succeeded', progress: 1 });
      expect(reusedOf(second)).toEqual({ video: true, still: true });
      expect(reusedOf(first)).toEqual({ video: false, still: false });
      expect(sums(second)).toEqual(sums(first));
      expect(await ana.output(second.id, 'video')).toEqual(await ana.output(first.id, 'video'));
    });

    test('where one output is another, that one is made', async () => {
      const { ana } = context;
      const { upload, first } = await made();
      const changed = { ...outputs, still: { ...smallImage, format: 'png' } };
      const { id } = await ana.submit({ ...again, inputs: { in: upload }, outputs: changed });
      const second = await ana.ended(id);
      expect(second.status).toBe('succeeded');
      expect(reusedOf(second)).toEqual({ video: true, still: false });
      expect(second.outputs['video']?.files[0]?.sha256).toBe(first.outputs['video']?.files[0]?.sha256);
      expect(second.outputs['still']?.files[0]?.type).toBe('image/png');
    });

    test('what is made of an output that is there already reads it', async () => {
      const { ana } = context;
      const { upload } = await made();
      const further = { ...outputs, small: { type: 'image', from: 'video', size: { width: 32 } } };
      const { id } = await ana.submit({ ...again, inputs: { in: upload }, outputs: further });
      const second = await ana.ended(id);
      expect(second.status).toBe('succeeded');
      expect(reusedOf(second)).toEqual({ video: true, still: true, small: false });
    });

    test('the files stay until the last job that lists them is removed', async () => {
      const { ana, deployment } = context;
      const { upload, first } = await made();
      const second = await ana.submit({ ...again, inputs: { in: upload }, outputs });
      expect((await ana.request('DELETE', `/v1/jobs/${first.id}`)).status).toBe(204);
      expect((await ana.request('GET', `/v1/jobs/${first.id}/outputs/video`)).status).toBe(404);
      expect((await ana.output(second.id, 'video')).byteLength).toBeGreaterThan(0);
      expect((await ana.request('DELETE', `/v1/jobs/${second.id}`)).status).toBe(204);
      const left = (await deployment.objects()).filter((key) => key.includes(first.id) || key.includes(second.id));
      expect(left).toEqual([]);
    });

    test('somebody else makes it for himself, and who wants it anew gets it anew', async () => {
      const { ana, ben, clips } = context;
      const { upload, first } = await made();
      const fresh = await ana.submit({ reuse: false, inputs: { in: upload }, outputs });
      expect(reusedOf(await ana.ended(fresh.id))).toEqual({ video: false, still: false });
      const his = await ben.submit({
        ...again,
        inputs: { in: await ben.upload(await clips.path('short.mp4')) },
        outputs,
      });
      expect(reusedOf(await ben.ended(his.id))).toEqual({ video: false, still: false });
      const retried = await ana.request('POST', `/v1/jobs/${first.id}/retry`, { body: { outputs: ['still'] } });
      const id = retried.headers.get('location')?.split('/').at(-1) ?? '';
      expect(reusedOf(await ana.ended(id))).toEqual({ still: false });
    });
  });
};
