import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { filesystemWorkspace } from '#adapters/filesystem/workspace.ts';
import { memoryObjectStore } from '#adapters/memory/object-store.ts';
import { readsOf } from '#core/media/mp4/reads.ts';
import type { SliceFile } from '#core/media/mp4/slice.ts';
import { countedObjects } from '#core/usecases/counted-objects.ts';
import { readSlices } from '#core/usecases/read-slices.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'kinoduct-slices-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const key = 'uploads/ana/source';
const source = randomBytes(24 * 2 ** 20);

const sliceOf = (header: string, kept: readonly { start: number; end: number }[]): SliceFile => ({
  header: Buffer.from(header),
  ranges: readsOf(kept),
  bytes: header.length + kept.reduce((sum, { start, end }) => sum + end - start, 0),
  samples: kept.length,
});

/** What comes into the folder, and what of the source was read for it. */
const read = async (slices: Record<string, SliceFile>, etag?: string) => {
  const store = memoryObjectStore();
  const object = await store.write(key, source, { contentType: 'video/mp4' });
  const { objects, used } = countedObjects(store);
  const files: Record<string, Buffer> = {};
  await filesystemWorkspace({ root }).use(1, async (folder) => {
    const reads = Object.entries(slices).map(([file, slice]) => ({
      file,
      object: { key, etag: etag ?? object.etag },
      slice,
    }));
    await readSlices(objects, folder, reads);
    for (const file of Object.keys(slices)) files[file] = await readFile(folder.at(file));
  });
  return { files, ...used() };
};
const expected = (header: string, kept: readonly { start: number; end: number }[]): Buffer =>
  Buffer.concat([Buffer.from(header), ...kept.map(({ start, end }) => source.subarray(start, end))]);

/** 100 stretches of a kilobyte, so far apart. */
const sparse = (apart: number) => Array.from({ length: 100 }, (_, n) => ({ start: n * apart, end: n * apart + 1024 }));

test('a slice is its header and its bytes, and no more of the source is read', async () => {
  const kept = [{ start: 1_000_000, end: 20_000_000 }];
  const { files, bytesRead, requests } = await read({ in0: sliceOf('head', kept) });
  expect(files['in0']?.equals(expected('head', kept))).toBe(true);
  expect({ bytesRead, requests }).toEqual({ bytesRead: 19_000_000, requests: 3 });
});

test('what lies far apart is read apart, what lies close together is read at once', async () => {
  const [far, close] = [sparse(200_000), sparse(20_000)];
  const apart = await read({ in0: sliceOf('head', far) });
  expect(apart.files['in0']?.equals(expected('head', far))).toBe(true);
  expect(apart).toMatchObject({ bytesRead: 102_400, requests: 100 });
  const together = await read({ in0: sliceOf('head', close) });
  expect(together.files['in0']?.equals(expected('head', close))).toBe(true);
  expect(together.requests).toBe(1);
});

test('two slices of one source read what they share once', async () => {
  const [one, other] = [
    [{ start: 0, end: 3_000_000 }],
    [
      { start: 2_000_000, end: 5_000_000 },
      { start: 9_000_000, end: 9_000_100 },
    ],
  ];
  const { files, bytesRead } = await read({ in0: sliceOf('one', one), in1: sliceOf('other', other) });
  expect(files['in0']?.equals(expected('one', one))).toBe(true);
  expect(files['in1']?.equals(expected('other', other))).toBe(true);
  expect(bytesRead).toBe(5_000_100);
});

test('a slice that steps back in the source is in its own order', async () => {
  const kept = [
    { start: 5_000_000, end: 5_000_500 },
    { start: 100, end: 900 },
  ];
  const { files } = await read({ in0: sliceOf('head', kept) });
  expect(files['in0']?.equals(expected('head', kept))).toBe(true);
});

test('another version of the source is refused', async () => {
  const slice = sliceOf('head', [{ start: 0, end: 10 }]);
  await expect(read({ in0: slice }, 'another')).rejects.toMatchObject({ code: 'input.changed' });
});
