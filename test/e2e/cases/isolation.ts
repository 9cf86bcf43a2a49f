import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { routes } from '#functions/api/routes/index.ts';
import type { Context } from '../context.ts';
import { smallImage, testPattern } from '../specs.ts';

/** What test/unit/api-isolation.test.ts tries with things of its own; here they would take long to make. */
const elsewhere = new Set(['media', 'webhooks']);

/** Every route of the table that names something, with what is named. Names that others use are free to be stored. */
const targets = (things: Readonly<Record<string, string>>) =>
  routes
    .filter(({ path, method }) => path.includes('{') && method !== 'PUT')
    .flatMap(({ method, path }) => {
      const kind = path.split('/')[2] ?? '';
      const thing = things[kind];
      if (thing === undefined && !elsewhere.has(kind)) throw new Error(`${path} names something: say here what`);
      const named = path
        .replace(/\{\w+\}/, thing ?? '')
        .replace('{name}', 'out')
        .replace('{file}', 'out.jpg');
      return thing === undefined ? [] : [{ method, path: named }];
    });

export const isolationCases = (context: Context): void => {
  describe('isolation', () => {
    test('to anyone but its owner a job and an upload do not exist', async () => {
      const { ana, ben, root, clips } = context;
      const upload = await ana.upload(await clips.path('short.mp4'));
      const { id } = await ana.submit({ inputs: { in: testPattern(1) }, outputs: { out: smallImage } });
      await ana.ended(id);
      const still = { summary: 'a picture', inputs: { in: testPattern(1) }, outputs: { out: smallImage } };
      expect((await ana.request('PUT', '/v1/templates/of-ana', { body: still })).status).toBe(201);
      for (const [who, client] of Object.entries({ ben, root }))
        for (const { method, path } of targets({ jobs: id, uploads: upload, templates: 'of-ana', users: 'ana' })) {
          const body = path.endsWith('/parts') ? { parts: [1] } : {};
          const answer = await client.request(method, path, method === 'POST' ? { body } : {});
          expect([who, method, path, answer.status]).toEqual([who, method, path, 404]);
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
