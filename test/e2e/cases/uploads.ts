import { open, stat } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { Context } from '../context.ts';
import { smallImage } from '../specs.ts';

const Parts = z.object({ parts: z.array(z.object({ n: z.number(), url: z.string() })) });
const Multipart = Parts.extend({ id: z.string(), method: z.literal('multipart'), partSize: z.number() });
const Single = z.object({
  id: z.string(),
  method: z.literal('PUT'),
  url: z.string(),
  headers: z.record(z.string(), z.string()),
});

const put = (url: string, body: Uint8Array, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { method: 'PUT', body: Buffer.from(body), headers });

const readPart = async (file: string, n: number, partSize: number): Promise<Uint8Array> => {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const start = (n - 1) * partSize;
    const { buffer } = await handle.read(Buffer.alloc(Math.min(partSize, size - start)), { position: start });
    return buffer;
  } finally {
    await handle.close();
  }
};

export const uploadCases = (context: Context): void => {
  describe('uploads', () => {
    test('a file above 16 MB is sent in parts, and a part can be signed again', async () => {
      const { ana, clips } = context;
      const file = await clips.path('large.avi');
      const { size } = await stat(file);
      expect(size).toBeGreaterThan(16 * 1024 * 1024);
      const created = await ana.request('POST', '/v1/uploads', { body: { filename: 'large.avi', bytes: size } });
      expect(created.status).toBe(201);
      const upload = Multipart.parse(await created.json());

      const again = await ana.request('POST', `/v1/uploads/${upload.id}/parts`, { body: { parts: [1] } });
      const signedAgain = Parts.parse(await again.json()).parts.find(({ n }) => n === 1)?.url ?? '';
      const parts = await Promise.all(
        upload.parts.map(async ({ n, url }) => {
          const sent = await put(n === 1 ? signedAgain : url, await readPart(file, n, upload.partSize));
          expect(sent.status).toBe(200);
          return { n, etag: sent.headers.get('etag') };
        }),
      );
      const path = `/v1/uploads/${upload.id}/complete`;
      expect((await ana.request('POST', path, { body: { parts: parts.slice(1) } })).status).toBeGreaterThanOrEqual(400);
      expect((await ana.request('POST', path, { body: { parts } })).status).toBe(200);
      expect((await ana.request('POST', path, { body: { parts } })).status).toBe(200);

      const { id } = await ana.submit({ inputs: { in: upload.id }, outputs: { still: smallImage } });
      expect((await ana.ended(id)).status).toBe('succeeded');
    });

    test('a signed address takes one object, of the agreed length and type, once', async () => {
      const { ana } = context;
      const created = await ana.request('POST', '/v1/uploads', { body: { filename: 'a.mp4', bytes: 4 } });
      const { url, headers, id } = Single.parse(await created.json());
      expect((await put(url, Buffer.from('12345'), { ...headers, 'content-length': '5' })).ok).toBe(false);
      expect((await put(url, Buffer.from('1234'), { ...headers, 'content-type': 'text/html' })).ok).toBe(false);
      expect((await put(url.replace(/signature=/i, 'signature=0'), Buffer.from('1234'), headers)).status).toBe(403);
      expect((await put(url, Buffer.from('1234'), headers)).status).toBe(200);
      expect((await put(url, Buffer.from('4321'), headers)).status).toBe(412);
      expect((await ana.request('POST', `/v1/uploads/${id}/complete`, { body: {} })).status).toBe(200);
      expect(await (await ana.request('GET', `/v1/uploads/${id}`)).json()).toMatchObject({ state: 'complete' });
    });

    test('a job starts by itself when the upload that it waits for is complete', async () => {
      const { ana, clips } = context;
      const handle = await open(await clips.path('short.mp4'));
      const bytes = await handle.readFile();
      await handle.close();
      const job = { inputs: { in: '@upload' }, outputs: { still: smallImage } };
      const body = { filename: 'short.mp4', bytes: bytes.length, job };
      const created = await (await ana.request('POST', '/v1/uploads', { body })).json();
      const { jobId } = z.object({ jobId: z.string() }).parse(created);
      const { id, url, headers } = Single.parse(created);
      expect((await ana.job(jobId)).status).toBe('waiting');
      await put(url, bytes, headers);
      await ana.request('POST', `/v1/uploads/${id}/complete`, { body: {} });
      expect((await ana.ended(jobId)).status).toBe('succeeded');
    });

    test('an upload that was aborted is gone, and so are its bytes', async () => {
      const { ana, deployment } = context;
      const created = await ana.request('POST', '/v1/uploads', { body: { filename: 'a.mp4', bytes: 4 } });
      const { url, headers, id } = Single.parse(await created.json());
      await put(url, Buffer.from('1234'), headers);
      expect((await ana.request('DELETE', `/v1/uploads/${id}`)).status).toBe(204);
      expect((await ana.request('GET', `/v1/uploads/${id}`)).status).toBe(404);
      expect((await deployment.objects()).filter((key) => key.includes(id))).toEqual([]);
    });

    test('a job cannot read an upload that is not complete', async () => {
      const { ana } = context;
      const created = await ana.request('POST', '/v1/uploads', { body: { filename: 'a.mp4', bytes: 4 } });
      const { id } = Single.parse(await created.json());
      const answer = await ana.request('POST', '/v1/jobs', { body: { inputs: { in: id }, outputs: { out: 'thumb' } } });
      expect(answer.status).toBe(422);
      expect(await answer.json()).toMatchObject({ code: 'input.not_found' });
    });
  });
};
