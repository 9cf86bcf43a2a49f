import { describe, expect, test } from 'vitest';
import { PlanView } from '#core/job/plan-view.ts';
import { UsageView } from '#core/usecases/read-usage.ts';
import type { Context } from '../context.ts';
import { smallVideo } from '../specs.ts';

export const planCases = (context: Context): void => {
  describe('plans, costs and usage', () => {
    const film = async () => ({
      inputs: { film: await context.ana.upload(await context.clips.path('long.mp4')) },
      outputs: { small: { ...smallVideo, from: 'film', end: 25 }, still: { type: 'image', from: 'film', at: 1 } },
      optimize: 'speed',
      reuse: false,
    });
    // As the schema of the answer says.
    const plan = async (job: object): Promise<PlanView> =>
      PlanView.parse(await (await context.ana.request('POST', '/v1/plans', { body: job })).json());

    test('what a plan shows is what runs: its hash can be expected', async () => {
      const { ana } = context;
      const job = await film();
      const shown = await plan(job);
      expect(shown).toMatchObject({ complete: true, inputs: { film: { status: 'known' } } });
      const { id } = await ana.submit({ ...job, expectPlan: shown.hash ?? '' });
      const ended = await ana.ended(id);
      expect(ended).toMatchObject({ status: 'succeeded', error: null, plan: { hash: shown.hash } });
      const { cost } = ended;
      expect(cost?.pricesAsOf).toBe(shown.cost.pricesAsOf);
      expect(cost?.estimate).not.toBeNull();
      // Of one machine work is free, and is shown as it would be on AWS.
      expect(cost?.onAws ?? cost?.actual).toBeGreaterThan(0);
    });

    test('a job that expects another plan fails before anything is made', async () => {
      const { ana } = context;
      const { id } = await ana.submit({ ...(await film()), expectPlan: 'f'.repeat(64) });
      expect(await ana.ended(id)).toMatchObject({
        status: 'failed',
        error: { code: 'conflict.plan', retryable: false },
        outputs: { small: { files: [] } },
      });
    });

    test('what was used is counted once, by template too', async () => {
      const { ana } = context;
      const usage = async (by: string): Promise<UsageView> =>
        UsageView.parse(await (await ana.request('GET', `/v1/usage?by=${by}`)).json());
      const before = await usage('template');
      const { id } = await ana.submit({
        inputs: { film: await ana.upload(await context.clips.path('short.mp4')) },
        outputs: { small: { ...smallVideo, from: 'film' } },
        reuse: false,
      });
      await ana.ended(id);
      const after = await usage('template');
      expect(after.total.jobs - before.total.jobs).toBe(1);
      expect(after.total.outputSeconds).toBeGreaterThan(before.total.outputSeconds);
      expect((await usage('user')).items).toHaveLength(1);
    });
  });
};
