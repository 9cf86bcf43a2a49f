import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { Context } from '../context.ts';
import { smallImage, testPattern } from '../specs.ts';

export const isolationCases = (context: Context): void => {
  describe('isolation', () => {
    test('to anyone but its owner a job and an upload do not exist', async () => {
      const { ana, ben, clips } = context;
      const upload = await ana.upload(await clips.path('short.mp4'));
      const { id } = await ana.submit({ inputs: { in: testPattern(1) }, outputs: { out: smallImage } });
      await ana.ended(id);
      const requests = [
        ['GET', `/v1/jobs/${id}`],
        ['GET', `/v1/jobs/${id}/log`],
        ['GET', `/v1/jobs/${id}/outputs/out`],
        ['POST', `/v1/jobs/${id}/cancel`],
        ['POST', `/v1/jobs/${id}/retry`],
        ['DELETE', `/v1/jobs/${id}`],
        ['GET', `/v1/uploads/${upload}`],
        ['POST', `/v1/uploads/${upload}/complete`],
        ['POST', `/v1/uploads/${upload}/parts`],
        ['DELETE', `/v1/uploads/${upload}`],
      ] as const;
      for (const [method, path] of requests) {
        const body = path.endsWith('/parts') ? { parts: [1] } : {};
        const answer = await ben.request(method, path, method === 'POST' ? { body } : {});
        expect([method, path, answer.status]).toEqual([method, path, 404]);
        expect(await answer.json()).toMatchObject({ code: 'not_found' });
      }
      expect((await ana.job(id)).status).toBe('succeeded');
      const listed = z.object({ items: z.array(z.object({ owner: z.string() })) });
      const { items } = listed.parse(await (await ben.request('GET', '/v1/jobs')).json());
      expect(items.filter(({ owner }) => owner !== 'ben')).toEqual([]);
    });

    test('a job cannot read what belongs to somebody else', async () => {
      const { ana, ben, clips } = context;
      const upload = await ana.upload(await clips.path('short.mp4'));
      const { id } = await ana.submit({ inputs: { in: testPattern(1) }, outputs: { out: smallImage } });
      await ana.ended(id);
      for (const input of [upload, { job: id, output: 'out' }]) {
        const answer = await ben.request('POST', '/v1/jobs', {
          body: { inputs: { in: input }, outputs: { out: 'thumb' } },
        });
        expect(answer.status).toBe(422);
        expect(await answer.json()).toMatchObject({ code: 'input.not_found' });
      }
    });

    test('without a token, or with a wrong one, there is no answer', async () => {
      const { url } = context.deployment;
      for (const headers of [{}, { authorization: 'Bearer ana.wrong' }, { authorization: 'Basic YW5hOmI=' }])
        expect((await fetch(`${url}/v1/jobs`, { headers })).status).toBe(401);
    });
  });
};
