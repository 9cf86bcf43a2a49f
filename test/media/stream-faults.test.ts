/** What FFmpeg leaves behind when a disk is full or a process dies is never published, whatever its exit code was. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FolderFiles } from '#core/documents/define-document.ts';
import { makeDocument } from '#core/documents/index.ts';
import type { Document } from '#core/job/documents.ts';
import { lavfi, type MediaHouse, mediaHouse, x264 } from '#test/support/media-house.ts';

type Files = Map<string, Buffer>;

let house: MediaHouse;
let whole: Files;

beforeAll(async () => {
  house = await mediaHouse();
  await house.make('clip', 'clip.mp4', [...lavfi('testsrc2=s=320x320:r=25:d=3', 'sine=d=3'), ...x264, '-c:a', 'aac']);
  const ladder = [{ shortSide: 320 }, { shortSide: 160 }];
  const made = await house.run({ abr: { type: 'stream', formats: ['hls', 'dash'], segmentSeconds: 1, ladder } });
  whole = new Map(readdirSync(made.folder).map((file) => [file, readFileSync(join(made.folder, file))]));
  // FFmpeg's own lists stay behind in the task's folder.
  for (const id of ['v320', 'v160', 'audio']) whole.set(`${id}.list.m3u8`, whole.get(`${id}.m3u8`) ?? Buffer.alloc(0));
});
afterAll(() => house.remove());

const reading = (files: Files): FolderFiles => ({
  text: async (file) => files.get(file)?.toString() ?? '',
  bytes: async (file, start, length) => files.get(file)?.subarray(start, start + length) ?? Buffer.alloc(0),
  measure: async () => undefined,
  list: async () => [...files].map(([file, { length: bytes }]) => ({ file, bytes })),
});

const all = { video: ['v320', 'v160'], audio: 'audio' };
const documents: Document[] = [
  { kind: 'hls-master', ...all },
  { kind: 'dash-manifest', ...all },
];

const cut = (files: Files, name: string, bytes: number): void => {
  const file = files.get(name) ?? Buffer.alloc(0);
  files.set(name, file.subarray(0, file.length + bytes));
};
const without = (files: Files, name: string, text: string): void => {
  files.set(name, Buffer.from((files.get(name)?.toString() ?? '').replace(text, '')));
};
const swap = (files: Files, one: string, other: string): void => {
  const [a, b] = [files.get(one), files.get(other)];
  if (a && b) files.set(one, b).set(other, a);
};

describe.each(documents)('$kind', (document) => {
  test('is made of a whole stream', async () => {
    await expect(makeDocument(document, reading(whole))).resolves.toContain('v320');
  });

  test.each<[string, (files: Files) => void]>([
    ['the last byte of a segment is missing', (files) => cut(files, 'v160-00002.m4s', -1)],
    ['a segment ends within its header', (files) => files.set('v160-00002.m4s', Buffer.alloc(5))],
    ['a segment is empty', (files) => files.set('v160-00002.m4s', Buffer.alloc(0))],
    ['a segment is missing', (files) => files.delete('v160-00002.m4s')],
    ['the last segment is missing', (files) => files.delete('audio-00003.m4s')],
    ['there is a segment more than listed', (files) => files.set('v320-00009.m4s', Buffer.alloc(9))],
    ['two segments have changed places', (files) => swap(files, 'v320-00001.m4s', 'v320-00002.m4s')],
    ['a head is missing', (files) => files.delete('v320.init.mp4')],
    ['a head is truncated', (files) => cut(files, 'v320.init.mp4', -200)],
    ['the list has no end', (files) => without(files, 'v160.list.m3u8', '#EXT-X-ENDLIST')],
    ['the list is empty', (files) => files.set('v160.list.m3u8', Buffer.alloc(0))],
    ['the list is missing', (files) => files.delete('audio.list.m3u8')],
    [
      'one rendition stops a segment early',
      (files) => {
        files.delete('v160-00003.m4s');
        without(files, 'v160.list.m3u8', 'v160-00003.m4s');
      },
    ],
    [
      'the sound is where pictures should be',
      (files) => files.set('v320.init.mp4', files.get('audio.init.mp4') ?? Buffer.alloc(0)),
    ],
  ])('is refused where %s', async (_, harm) => {
    const files = new Map(whole);
    harm(files);
    await expect(makeDocument(document, reading(files))).rejects.toMatchObject({ code: 'encode.verify_failed' });
  });
});
