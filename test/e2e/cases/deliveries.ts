import { describe, expect, test } from 'vitest';
import type { Context } from '../context.ts';
import { smallImage, smallVideo, testPattern } from '../specs.ts';

const jobOf = (deliver: readonly unknown[], more: Record<string, unknown> = {}) => ({
  name: 'summer',
  inputs: { in: testPattern(1) },
  outputs: { film: smallVideo, still: { ...smallImage, path: 'stills/{job.name}.jpg' } },
  deliver,
  ...more,
});

const run = async ({ ana }: Context, job: Record<string, unknown>) => ana.ended((await ana.submit(job)).id);

export const deliveryCases = (context: Context): void => {
  describe('deliveries', () => {
    test('every file is put where the job wants it, and the job tells where', async () => {
      const { ana, outside } = context;
      const job = await run(
        context,
        jobOf([{ to: `${outside.url}/in?key=hush`, path: '{job.name}-x/', secret: 'outside' }]),
      );
      expect(job).toMatchObject({ status: 'succeeded', error: null });
      expect(job.deliveries).toEqual([
        expect.objectContaining({ output: 'film', status: 'succeeded', error: null, to: `${outside.url}/in` }),
        expect.objectContaining({ output: 'still', status: 'succeeded', path: 'summer-x/stills/summer.jpg' }),
      ]);
      expect(JSON.stringify(job)).not.toMatch(/hush|sesame/);
      const [film] = job.outputs['film']?.files ?? [];
      const got = outside.received(`/in/summer-x/${film?.name}?key=hush`);
      expect(got?.headers['content-type']).toBe('video/mp4');
      expect(got?.body.equals(await ana.output(job.id, 'film'))).toBe(true);
      expect(outside.received('/in/summer-x/stills/summer.jpg?key=hush')).toBeDefined();
    });

    test('a listed bucket gets what it is named for', async () => {
      const { ana, deployment } = context;
      const job = await run(context, jobOf([{ to: 's3://archive/results', outputs: ['film'], path: 'today' }]));
      expect(job).toMatchObject({ status: 'succeeded', deliveries: [{ output: 'film', status: 'succeeded' }] });
      const [film] = job.outputs['film']?.files ?? [];
      const stored = await deployment.bucket.get(`results/today/${film?.name}`);
      expect(stored?.equals(await ana.output(job.id, 'film'))).toBe(true);
    });

    test('a delivery that fails leaves the outputs, the other deliveries, and a job that is partial', async () => {
      const { ana, outside } = context;
      const job = await run(
        context,
        jobOf([
          { to: `${outside.url}/refused`, outputs: ['still'], secret: 'outside' },
          { to: `${outside.url}/taken`, outputs: ['still'], secret: 'outside' },
        ]),
      );
      expect(job).toMatchObject({
        status: 'partial',
        error: { code: 'auth.invalid' },
        outputs: { film: { status: 'succeeded' }, still: { status: 'succeeded' } },
        deliveries: [
          { status: 'failed', url: null, error: { code: 'auth.invalid', retryable: false } },
          { status: 'succeeded', error: null },
        ],
      });
      expect((await ana.output(job.id, 'still')).length).toBeGreaterThan(100);
    });

    test('a retry of that job delivers what did not get there, and makes only that', async () => {
      const { ana, outside } = context;
      const to = `${outside.url}/refused`;
      const first = await run(context, jobOf([{ to, outputs: ['still'], secret: 'outside' }]));
      const response = await ana.request('POST', `/v1/jobs/${first.id}/retry`, { body: {} });
      const { id } = (await response.json()) as { id: string }; // true: the API's answer
      const again = await ana.ended(id);
      expect(Object.keys(again.outputs)).toEqual(['still']);
      expect(again.deliveries).toEqual([expect.objectContaining({ output: 'still', status: 'failed' })]);
    });

    test.each([
      ['a secret that is not there', { to: '/in', secret: 'nothing' }, 'partial', 'spec.unknown_reference'],
      ['a bucket that is not listed', { to: 's3://somebody-elses/x' }, 'partial', 'input.forbidden_host'],
      ['a public server without encryption', { to: 'http://example.com/in' }, 'failed', 'input.forbidden_host'],
    ])('%s is told', async (_what, deliver, status, code) => {
      const to = deliver.to.startsWith('/') ? `${context.outside.url}${deliver.to}` : deliver.to;
      const job = await run(context, jobOf([{ ...deliver, to, outputs: ['still'] }]));
      expect(job).toMatchObject({ status, error: { code } });
    });
  });
};
