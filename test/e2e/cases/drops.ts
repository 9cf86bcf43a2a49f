import { readFile } from 'node:fs/promises';
import { describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { JobSummary } from '#core/job/view.ts';
import type { Context } from '../context.ts';
import { clientOf } from '../deployment.ts';

const List = z.object({ items: z.array(JobSummary), next: z.string().nullable() });
const waiting = { timeout: 120_000, interval: 250 } as const;

export const dropCases = (context: Context): void => {
  describe('dropped files', () => {
    const owner = () => clientOf(context.deployment, context.deployment.drop.owner);
    const video = async (): Promise<Buffer> => readFile(await context.clips.path('short.mp4'));
    const told = async (key: string): Promise<Record<string, unknown>> => {
      const body = await vi.waitUntil(() => context.deployment.drop.get(key), waiting);
      return JSON.parse(body.toString()) as Record<string, unknown>; // true: the report is an object
    };

    test('a file in the inbox is converted, its results lie in the outbox, and it is one job', async () => {
      const { drop } = context.deployment;
      await drop.put('inbox/convert/format=webm/Holiday 1.MP4', await video());
      const report = await told('outbox/convert/format=webm/Holiday 1.MP4.result.json');
      expect(report).toMatchObject({
        status: 'succeeded',
        template: 'convert',
        outputs: { output: { status: 'succeeded' } },
      });
      const result = await drop.get('outbox/convert/format=webm/Holiday 1.MP4/output.webm');
      const client = await owner();
      expect(result?.equals(await client.output(String(report['id']), 'output'))).toBe(true);
      const { items } = List.parse(await (await client.request('GET', '/v1/jobs?template=convert')).json());
      expect(items.map(({ id }) => id)).toEqual([report['id']]);
    });

    test.each([
      ['before', true],
      ['after', false],
    ])('a sidecar that comes %s its file brings what the template needs', async (when, first) => {
      const { drop } = context.deployment;
      const key = `inbox/watermark/x=4/${when}.mp4`;
      const sidecar = JSON.stringify({ inputs: { logo: { color: '#ff0000', seconds: 1 } }, params: { y: 6 } });
      if (first) await drop.put(`${key}.json`, sidecar);
      await drop.put(key, await video());
      if (!first) await drop.put(`${key}.json`, sidecar);
      const report = await told(`outbox/watermark/x=4/${when}.mp4.result.json`);
      expect(report).toMatchObject({ status: 'succeeded', template: 'watermark' });
      expect(await drop.get(`outbox/watermark/x=4/${when}.mp4/marked.mp4`)).toBeDefined();
    });

    test('what is no video is told of beside it', async () => {
      const { drop } = context.deployment;
      await drop.put('inbox/convert/notes.txt', 'nothing to see');
      expect(await told('outbox/convert/notes.txt.error.json')).toMatchObject({
        status: 'failed',
        error: { code: 'input.not_media' },
      });
    });

    test('a template that does not exist is told of, with the one that was meant', async () => {
      const { drop } = context.deployment;
      await drop.put('inbox/convrt/clip.mp4', await video());
      const report = await told('outbox/convrt/clip.mp4.error.json');
      expect(JSON.stringify(report)).toMatch(/did you mean ..convert/);
    });
  });
};
