/** What is known of a file by its header, against what is known of it by reading it whole. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ffmpegMediaTools } from '#adapters/ffmpeg/media-tools.ts';
import { filesystemWorkspace } from '#adapters/filesystem/workspace.ts';
import { memoryObjectStore } from '#adapters/memory/object-store.ts';
import { countedObjects } from '#core/usecases/counted-objects.ts';
import { lookInto } from '#core/usecases/look-into.ts';
import { corpus, corpusFile, hasCorpus, skipReason } from '#test/support/corpus.ts';
import { lavfi, type MediaHouse, mediaHouse, x264 } from '#test/support/media-house.ts';
import { runnerLimits } from '#test/support/runner.ts';

let root: string;
let house: MediaHouse;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'kinoduct-look-'));
  house = await mediaHouse();
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
  await house.remove();
});

const key = 'uploads/ana/source';
const media = ffmpegMediaTools();

/** By its header alone where `wholeBytes` is 0. */
const looked = async (file: string, wholeBytes: number, sha256?: string) => {
  const store = memoryObjectStore();
  const object = await store.write(key, await readFile(file), { contentType: 'video/mp4' });
  const { objects, used } = countedObjects(store);
  const deps = { objects, media, workspace: filesystemWorkspace({ root }), limits: { ...runnerLimits, wholeBytes } };
  return {
    ...(await lookInto(deps, { key, etag: object.etag, bytes: object.bytes, ...(sha256 && { sha256 }) })),
    ...used(),
    bytes: object.bytes,
  };
};

describe.skipIf(!hasCorpus)(`files of the corpus${hasCorpus ? '' : `: ${skipReason}`}`, () => {
  const films = corpus.filter(
    ({ kind, file, expect }) =>
      kind === 'valid' && expect.startsWith('complete') && /\.(mp4|mov|m4v|m4a|3gp)$/i.test(file),
  );

  test.for(films)('$file is known the same by its header', async (entry) => {
    const [whole, header] = [await looked(corpusFile(entry), 2 ** 40), await looked(corpusFile(entry), 0)];
    expect(header.probe).toEqual(whole.probe);
    expect(header.indexed).toEqual(whole.indexed);
  });
});

describe('a film of half a minute', () => {
  const film = (...words: readonly string[]): string[] => [
    ...lavfi('testsrc2=s=640x360:r=30:d=30', 'sine=d=30'),
    ...x264,
    ...['-b:v', '4M', '-g', '60', '-c:a', 'aac', ...words],
  ];
  const path = (file: string): string => join(house.folder, file);
  beforeAll(async () => {
    await house.make('end', 'end.mp4', film('-bf', '2'));
    await house.make('start', 'start.mov', film('-movflags', '+faststart', '-metadata:s:v', 'rotate=90'));
    const early = ['-ss', '3.3', '-i', path('end.mp4'), '-c', 'copy', '-t', '24.2'];
    await house.make('edited', 'edited.mp4', early);
    await house.make('uneven', 'uneven.mp4', [
      ...lavfi('testsrc2=s=640x360:r=30:d=30'),
      ...['-vf', 'select=gt(mod(n\\,7)\\,1)', '-fps_mode', 'vfr', ...x264, '-b:v', '4M'],
    ]);
    await house.make('fragmented', 'fragmented.mp4', film('-movflags', '+frag_keyframe+empty_moov'));
    const bytes = await readFile(path('start.mov'));
    await writeFile(path('cut.mov'), bytes.subarray(0, bytes.length * 0.8));
  });

  test.each(['end.mp4', 'start.mov', 'edited.mp4', 'uneven.mp4'])(
    '%s is known by its header, with its index',
    async (file) => {
      const [whole, header] = [await looked(path(file), 2 ** 40), await looked(path(file), 0)];
      expect(header.probe).toEqual(whole.probe);
      expect(header.indexed).toEqual(whole.indexed);
      expect(header.indexed?.index.tracks[0]).toMatchObject({ kind: 'video', refused: null });
      expect(header.sha256).toBeNull();
      expect(header.bytesRead).toBeLessThan(0.2 * header.bytes);
      expect(header.requests).toBeLessThan(12);
    },
  );

  test('one that is cut off, and a fragmented one, are read whole', async () => {
    for (const file of ['cut.mov', 'fragmented.mp4']) {
      const [whole, header] = [await looked(path(file), 2 ** 40), await looked(path(file), 0)];
      expect(header.probe).toEqual(whole.probe);
      expect(header.sha256).toBe(whole.sha256);
    }
  });

  test('one whose sha256 was announced is read whole, and refused where it is another', async () => {
    const sha256 = createHash('sha256')
      .update(await readFile(path('end.mp4')))
      .digest('hex');
    expect(await looked(path('end.mp4'), 0, sha256)).toMatchObject({ sha256 });
    await expect(looked(path('end.mp4'), 0, '0'.repeat(64))).rejects.toMatchObject({ code: 'input.corrupt' });
  });

  test('one that was replaced after it was pinned is refused', async () => {
    const store = memoryObjectStore();
    const { etag, bytes } = await store.write(key, await readFile(path('end.mp4')), { contentType: 'video/mp4' });
    await store.write(key, await readFile(path('start.mov')), { contentType: 'video/mp4' });
    const limits = { ...runnerLimits, wholeBytes: 0 };
    const deps = { objects: store, media, workspace: filesystemWorkspace({ root }), limits };
    await expect(lookInto(deps, { key, etag, bytes })).rejects.toMatchObject({ code: 'input.changed' });
  });
});
