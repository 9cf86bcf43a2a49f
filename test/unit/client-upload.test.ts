/** Uploads that are broken off, refused and gone on with. */
import { beforeEach, expect, test, vi } from 'vitest';
import type { Api } from '#client/api.ts';
import { type Begun, type Send, SendError, uploadBlob } from '#client/upload.ts';

const partSize = 10;
const partCount = 60;
const blob = new Blob([new Uint8Array(partSize * partCount - 3)]);

let asked: { path: string; body: unknown }[];
/** Addresses of parts carry how often they were signed. */
let signed: number;

const sign = (parts: readonly number[]) => ({
  method: 'multipart',
  partSize,
  partCount,
  parts: parts.map((n) => ({ n, url: `part-${n}-${signed}` })),
  expiresAt: '2026-01-01T00:00:00.000Z',
});

const answer = (path: string, body: { parts?: number[] }): unknown => {
  signed += 1;
  if (path === '/v1/uploads') return { id: 'upl_1', ...sign([1, 2, 3]) };
  return path.endsWith('/parts') ? sign(body.parts ?? [1, 2, 3]) : {};
};

const api: Api = {
  request: () => Promise.reject(new Error('not used')),
  json: async <T>(_method: string, path: string, options?: { body?: unknown }): Promise<T> => {
    asked.push({ path, body: options?.body });
    return answer(path, options?.body ?? {}) as T; // true: what the client asks for
  },
};

const upload = (send: Send, more: { begun?: Begun; onBegun?: (begun: Begun) => void } = {}) => {
  const shares: number[] = [];
  const done = uploadBlob(api, blob, {
    filename: 'film.mov',
    send,
    onProgress: (share) => shares.push(share),
    ...more,
  });
  return { done, shares };
};

const partOf = (url: string): number => Number(/^part-(\d+)/.exec(url)?.[1]);

beforeEach(() => {
  [asked, signed] = [[], 0];
  vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 500 });
  return () => vi.useRealTimers();
});

test('every part is sent once, also those whose addresses were not in the first answer', async () => {
  const sent: [number, number][] = [];
  const { done, shares } = upload(async ({ url, body }, onBytes) => {
    onBytes(body.size);
    sent.push([partOf(url), body.size]);
    return `"${partOf(url)}"`;
  });
  expect(await done).toBe('upl_1');
  expect(sent.map(([n]) => n).toSorted((a, b) => a - b)).toEqual(Array.from({ length: partCount }, (_, n) => n + 1));
  expect(sent.find(([n]) => n === partCount)).toEqual([partCount, partSize - 3]);
  const { path, body } = asked.at(-1) ?? {};
  expect(path).toBe('/v1/uploads/upl_1/complete');
  expect((body as { parts: unknown[] }).parts[59]).toEqual({ n: 60, etag: '"60"' });
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
});

test('a part that breaks is sent again to a fresh address, and one that is refused ends the upload', async () => {
  const tries: string[] = [];
  const { done } = upload(async ({ url }) => {
    if (partOf(url) === 2) tries.push(url);
    if (partOf(url) === 2 && tries.length < 3) throw new SendError(tries.length === 1 ? 0 : 403);
    return 'x';
  });
  await done;
  expect(new Set(tries).size).toBe(3);
  const refused = upload(async () => {
    throw new SendError(413);
  });
  await expect(refused.done).rejects.toMatchObject({ status: 413 });
});

test('an upload that was broken off goes on with the parts that are missing', async () => {
  let begun: Begun | undefined;
  const first = upload(
    async ({ url }) => {
      if (partOf(url) > 20) throw new SendError(400);
      return `etag-${partOf(url)}`;
    },
    { onBegun: (told) => (begun = told) },
  );
  await expect(first.done).rejects.toThrow();
  const arrived = Object.keys(begun?.parts ?? {}).length;
  expect(arrived).toBeGreaterThanOrEqual(18);
  const sent: number[] = [];
  const second = upload(
    async ({ url }) => {
      sent.push(partOf(url));
      return `etag-${partOf(url)}`;
    },
    begun ? { begun } : {},
  );
  expect(await second.done).toBe('upl_1');
  expect(sent).toHaveLength(partCount - arrived);
  expect(asked.filter(({ path }) => path === '/v1/uploads')).toHaveLength(1);
});
