import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { JobSummary } from '#core/job/view.ts';
import type { Context } from '../context.ts';
import { smallImage, smallVideo, testPattern } from '../specs.ts';

const job = (extra: object = {}) => ({ inputs: { in: testPattern(1) }, outputs: { out: smallImage }, ...extra });

const List = z.object({ items: z.array(JobSummary), next: z.string().nullable() });

export const requestCases = (context: Context): void => {
  describe('requests', () => {
    test('the same request with the same idempotency key makes one job', async () => {
      const { ana } = context;
      const headers = { 'idempotency-key': randomUUID() };
      const answers = [];
      for (let times = 0; times < 2; times += 1) answers.push(await ana.submit(job(), headers));
      expect(answers[1]?.id).toBe(answers[0]?.id);
      const other = await ana.request('POST', '/v1/jobs', { body: job({ name: 'other' }), headers });
      expect(other.status).toBe(422);
      expect(await other.json()).toMatchObject({ code: 'conflict.idempotency' });
      await ana.ended(answers[0]?.id ?? '');
    });

    test('jobs are listed newest first, a page at a time, by status and label', async () => {
      const { ana } = context;
      const labels = { run: randomUUID() };
      const made: string[] = [];
      for (let n = 0; n < 3; n += 1) made.push((await ana.submit(job({ labels }))).id);
      await Promise.all(made.map((id) => ana.ended(id)));
      const query = `/v1/jobs?label.run=${labels.run}&limit=2`;
      const first = List.parse(await (await ana.request('GET', query)).json());
      const second = List.parse(await (await ana.request('GET', `${query}&cursor=${first.next}`)).json());
      const listed = [...first.items, ...second.items].map(({ id }) => id);
      expect(listed).toEqual(made.toReversed());
      expect(second.next).toBeNull();
      const failed = await ana.request('GET', `${query}&status=failed`);
      expect(List.parse(await failed.json()).items).toEqual([]);
    });

    test('an answer that has not changed is not sent again', async () => {
      const { ana } = context;
      const { id } = await ana.submit(job());
      await ana.ended(id);
      const answer = await ana.request('GET', `/v1/jobs/${id}`);
      const etag = answer.headers.get('etag') ?? '';
      expect(etag).not.toBe('');
      const again = await ana.request('GET', `/v1/jobs/${id}`, { headers: { 'if-none-match': etag } });
      expect(again.status).toBe(304);
      expect(await again.text()).toBe('');
    });

    test('a long poll answers as soon as the job has changed', async () => {
      const { ana } = context;
      const { id, version } = await ana.submit({ inputs: { in: testPattern(2) }, outputs: { out: smallVideo } });
      const start = performance.now();
      expect((await ana.job(id, `?wait=20&after=${version}`)).version).toBeGreaterThan(version);
      expect(performance.now() - start).toBeLessThan(15_000);
      await ana.ended(id);
    });

    test('with Prefer: wait the answer is the finished job', async () => {
      const { ana } = context;
      const headers = { prefer: 'wait=20' };
      const answer = await ana.request('POST', '/v1/jobs', { body: job(), headers });
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({ status: 'succeeded' });
    });

    test.each([
      ['an unknown field', job({ output: {} }), '/output'],
      [
        'a wrong type',
        { inputs: { in: testPattern(1) }, outputs: { out: { type: 'video', fps: 'fast' } } },
        '/outputs/out/fps',
      ],
      ['an unknown preset', { inputs: { in: testPattern(1) }, outputs: { out: 'mp5' } }, '/outputs/out'],
      ['no outputs', { inputs: { in: testPattern(1) }, outputs: {} }, '/outputs'],
    ])('%s is refused by its name', async (_what, body, pointer) => {
      const answer = await context.ana.request('POST', '/v1/jobs', { body });
      expect(answer.status).toBe(422);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      const problem = z
        .object({ code: z.string(), errors: z.array(z.object({ pointer: z.string(), message: z.string() })) })
        .parse(await answer.json());
      expect(problem.code).toBe('spec.invalid');
      expect(problem.errors.map((error) => error.pointer)).toContain(pointer);
    });

    test('names that do not exist and circles are refused where they stand', async () => {
      const { ana } = context;
      const unknown = { inputs: { in: testPattern(1) }, outputs: { out: { type: 'video', from: 'inn' } } };
      expect(await (await ana.request('POST', '/v1/jobs', { body: unknown })).json()).toMatchObject({
        code: 'spec.unknown_reference',
        errors: [{ pointer: expect.stringContaining('/outputs/out') }],
      });
      const circle = {
        inputs: { in: testPattern(1) },
        outputs: { a: { type: 'video', from: 'b' }, b: { type: 'video', from: 'a' } },
      };
      expect(await (await ana.request('POST', '/v1/jobs', { body: circle })).json()).toMatchObject({
        code: 'spec.cycle',
      });
    });

    test('a body that is not JSON is a bad request', async () => {
      const { deployment } = context;
      const answer = await fetch(`${deployment.url}/v1/jobs`, {
        method: 'POST',
        headers: { authorization: `Bearer ${await deployment.token('ana')}`, 'content-type': 'application/json' },
        body: '{"inputs":',
      });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ code: 'request.malformed' });
    });

    test('health and the description of the API need no token', async () => {
      const { url } = context.deployment;
      expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ status: 'ok' });
      expect((await fetch(`${url}/health`, { method: 'HEAD' })).status).toBe(200);
      expect(await (await fetch(`${url}/openapi.json`)).json()).toMatchObject({
        openapi: expect.stringMatching(/^3\.1/),
      });
    });
  });
};
