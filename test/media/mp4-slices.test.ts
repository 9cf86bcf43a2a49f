import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedReads } from '#core/media/mp4/reads.ts';
import { readRow, rowBytes } from '#core/media/mp4/rows.ts';
import { sliceLeadSeconds } from '#core/media/mp4/slice.ts';
import type { TrackIndex } from '#core/media/source-index.ts';
import { type IndexedFile, indexedFile, sliceIn, writeSlice } from '#test/support/cut-files.ts';
import { ffmpeg, makeNumbered, type NumberedSource } from '#test/support/numbered-sources.ts';
import { sourceTimes } from '#test/support/time-base.ts';

let folder = '';
let files: Readonly<Record<string, string>> = {};

const cuttable = [
  ...['closed-gop', 'open-gop', '29.97', '23.976', 'variable-rate', 'variable-rate-with-a-hole', 'long-gop'],
  ...['one-key-picture', 'intra-refresh', 'hevc-closed', 'hevc-open', 'moov-first', 'edit-list', 'no-sound'],
  ...['sound-longer-and-late', 'picture-late', 'rotated', 'quicktime-with-timecode', 'all-key-pictures'],
] as const satisfies readonly NumberedSource[];
const others = ['fragmented', 'mpeg-ts', 'matroska'] as const;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinoduct-slices-'));
  files = await makeNumbered(folder, [...cuttable, ...others]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** When each decoded picture is shown, in ticks, and what it shows. */
const decoded = async (file: string, stream: number, filter?: string): Promise<string[]> => {
  const filters = filter === undefined ? [] : ['-vf', filter];
  const words = ['-copyts', '-noautorotate', '-i', file, '-map', `0:${stream}`, ...filters];
  const text = await ffmpeg([...words, ...sourceTimes, '-f', 'framemd5', '-']);
  const lines = text.toString().split('\n');
  return lines
    .flatMap((line) => (line && !line.startsWith('#') ? [line.replace(/^\d+, */, '').split(/, +/)] : []))
    .map(([, shown, , , sum]) => `${shown} ${sum}`);
};

const open = async (name: string): Promise<IndexedFile> => {
  const found = await indexedFile(files[name] ?? '');
  if (!found) throw new Error(`${name} has no index`);
  return found;
};

const pictureOf = ({ tracks }: IndexedFile): TrackIndex => {
  const track = tracks.find(({ kind }) => kind === 'video');
  if (!track) throw new Error('there is no picture');
  return track;
};

/** Between these ticks, less what comes before and behind, and at its own time. */
const trim = (track: TrackIndex, from: number | null, to: number | null): string => {
  const lead = sliceLeadSeconds * track.timescale;
  const start = from === null ? [] : [`start_pts=${from + lead}`];
  const end = to === null ? [] : [`end_pts=${to + lead}`];
  return `trim=${[...start, ...end].join(':')},setpts=PTS-${lead}`.replace('trim=,', '');
};

describe('the sound of a source', () => {
  test.each(['closed-gop', 'moov-first', 'edit-list', 'picture-late', 'sound-longer-and-late'] as const)(
    '%s: its index tells which of its samples lie between two key pictures',
    async (name) => {
      const source = await open(name);
      const [picture, sound] = [pictureOf(source), source.tracks.find(({ kind }) => kind === 'audio')];
      const view = new DataView(source.rows.buffer, source.rows.byteOffset);
      const lies = (track: TrackIndex | undefined, row: number): number =>
        readRow(view, ((track?.firstRow ?? 0) + row) * rowBytes).offset;
      expect(sound?.between).toHaveLength(picture.syncs.rows.length);
      for (const [n, row] of picture.syncs.rows.entries()) {
        const behind = sound?.between?.[n] ?? -1;
        if (behind > 0) expect(lies(sound, behind - 1)).toBeLessThan(lies(picture, row));
        if (behind < (sound?.samples ?? 0)) expect(lies(sound, behind)).toBeGreaterThan(lies(picture, row));
      }
      expect(sound?.between?.at(-1)).toBeGreaterThan(0);
    },
  );
});

describe('a source that is cut into slices', () => {
  test.concurrent.each(cuttable)(
    '%s: the pictures of all slices are those of the whole, each at its time',
    async (name) => {
      const source = await open(name);
      const track = pictureOf(source);
      expect(track.refused).toBeNull();
      const whole = await decoded(source.path, track.stream);
      expect(whole[0]?.split(' ')[0]).toBe(String(track.start));
      // Somewhere between key pictures, and not on whole pictures either.
      const step = Math.round(4.21 * track.timescale);
      const cuts = Array.from(
        { length: Math.floor((track.end - track.start) / step) },
        (_, n) => track.start + (n + 1) * step,
      );
      const bounds = [null, ...cuts, null];
      const pictures: string[] = [];
      for (const [n, from] of bounds.slice(0, -1).entries()) {
        const [to, path] = [bounds[n + 1] ?? null, join(folder, `${name}-${n}.mp4`)];
        const slice = sliceIn(source, track, from, to);
        await writeSlice(source, slice, path);
        expect((await readFile(path)).length).toBe(slice.bytes);
        pictures.push(...(await decoded(path, 0, trim(track, from, to))));
      }
      expect(pictures).toStrictEqual(whole);
    },
  );

  test('its streams are counted as ffprobe counts them', async () => {
    const { tracks } = await open('quicktime-with-timecode');
    expect(tracks.map(({ stream, kind }) => [stream, kind])).toStrictEqual([
      [0, 'audio'],
      [1, 'video'],
    ]);
  });

  test('its index takes the `moov` and a few looks at key pictures', async () => {
    const first = await open('moov-first');
    expect(first.file.counted.reads).toBeLessThanOrEqual(6);
    const { file } = await open('closed-gop');
    expect(file.counted.reads).toBeLessThanOrEqual(7);
    expect(file.counted.bytes).toBeLessThan(65_536 * 2 + 5 * 4096);
  });
});

/** Ticks that the last packet lasts, as FFmpeg has it. */
const lastDuration = (path: string): number => {
  const show = ['-select_streams', 'v:0', '-show_entries', 'packet=duration', '-of', 'csv=p=0', path];
  return Number(
    execFileSync('ffprobe', ['-v', 'error', ...show], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .at(-1),
  );
};

test('the last picture of the last slice stands as long as in the source, for filters that fill a rate', async () => {
  const path = join(folder, 'last.mp4');
  const picture = "testsrc2=s=320x180:r=10:d=4,settb=1/10000,setpts='PTS+mod(N*7927\\,17)*37'";
  const exact = ['-fps_mode', 'passthrough', '-enc_time_base:v', '1/10000', '-video_track_timescale', '10000'];
  const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '0', '-g', '20'];
  await ffmpeg(['-f', 'lavfi', '-i', picture, ...codec, ...exact, path]);
  const found = await indexedFile(path);
  if (!found) throw new Error('there is no index');
  for (const from of [null, 25_000]) {
    const slice = join(folder, 'last-slice.mp4');
    await writeSlice(found, sliceIn(found, pictureOf(found), from, null), slice);
    expect(lastDuration(slice)).toBe(lastDuration(path));
  }
});

describe('what cannot be cut', () => {
  test('has no index where samples are listed all over the file, or in another way', async () => {
    for (const name of others) expect(await indexedFile(files[name] ?? '')).toBeUndefined();
  });

  test('is refused in plain words, track by track', async () => {
    const bytes = await readFile(files['all-key-pictures'] ?? '');
    // What a value is: the sizes say two bytes, and now the description says eight.
    bytes.writeUInt16BE(64, bytes.indexOf('sowt') + 22);
    const path = join(folder, 'values.mov');
    await writeFile(path, bytes);
    const { tracks } = (await indexedFile(path)) ?? { tracks: [] };
    expect(tracks.map(({ kind, refused }) => [kind, refused])).toStrictEqual([
      ['video', null],
      ['audio', 'its sound is stored value by value, and nothing tells how large those are'],
    ]);
  });
});

/** Values as they are heard, in their order, between two moments of the file. */
const heard = async (file: string, stream: number, [from, to]: readonly [number, number]): Promise<Int16Array> => {
  const words = ['-copyts', '-i', file, '-map', `0:${stream}`, '-af', `atrim=start=${from}:end=${to}`];
  const bytes = await ffmpeg([...words, '-f', 's16le', '-']);
  return new Int16Array(new Uint8Array(bytes).buffer);
};

/** How far two sounds are apart in the middle: a decoder that starts elsewhere makes up its noise anew. */
const apart = (a: Int16Array, b: Int16Array): number =>
  a.reduce((sum, value, n) => sum + Math.abs(value - (b[n] ?? 0)), 0) / a.length;

test.each(['closed-gop', 'edit-list', 'sound-longer-and-late', 'all-key-pictures'])(
  '%s: sound of a slice is the sound of the whole',
  async (name) => {
    const source = await open(name);
    const track = source.tracks.find(({ kind }) => kind === 'audio');
    if (!track) throw new Error('there is no sound');
    for (const [n, [from, to]] of (
      [
        [0, 3.25],
        [3.25, 6.5],
        [6.5, 30],
      ] as const
    ).entries()) {
      const path = join(folder, `${name}-sound-${n}.mp4`);
      const ticks = (seconds: number): number => Math.round(seconds * track.timescale);
      const slice = sliceIn(source, track, from === 0 ? null : ticks(from), to === 30 ? null : ticks(to));
      await writeSlice(source, slice, path);
      const whole = await heard(source.path, track.stream, [from, to]);
      const part = await heard(path, 0, [from + sliceLeadSeconds, to + sliceLeadSeconds]);
      expect(part.length).toBe(whole.length);
      expect(apart(whole, whole.subarray(1))).toBeGreaterThan(10);
      expect(apart(whole, part)).toBeLessThan(1);
    }
  },
);

test('picture and sound of one stretch are read together, each byte once', async () => {
  const source = await open('closed-gop');
  const slices = source.tracks.map((track) => sliceIn(source, track, 3 * track.timescale, 9 * track.timescale));
  const apart = slices.flatMap(({ ranges }) => ranges).reduce((sum, { start, end }) => sum + end - start, 0);
  const reads = sharedReads(slices);
  const kept = slices.reduce((sum, { bytes, header }) => sum + bytes - header.length, 0);
  const together = reads.reduce((sum, { start, end }) => sum + end - start, 0);
  expect(reads.length).toBeLessThanOrEqual(16);
  expect(together).toBeLessThan(kept * 1.03);
  expect(together).toBeLessThan(apart);
  for (const [n, slice] of slices.entries()) {
    const path = join(folder, `shared-${n}.mp4`);
    await writeSlice(source, slice, path);
    const whole = Buffer.alloc(slice.bytes);
    whole.set(slice.header);
    for (const { start, end, keep } of reads) {
      const bytes = await source.file.read(start, end);
      for (const part of keep.filter((range) => range.slice === n))
        whole.set(bytes.subarray(part.start - start, part.end - start), part.at);
    }
    expect(whole.equals(await readFile(path))).toBe(true);
  }
});
