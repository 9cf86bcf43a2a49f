import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ffmpegMediaTools } from '#adapters/ffmpeg/media-tools.ts';
import { parseProbe } from '#core/ffmpeg/ffprobe.ts';
import { checkJoined, joinSlice, readJoined } from '#core/media/mp4/check-join.ts';
import type { JoinPiece } from '#core/media/mp4/join.ts';
import { probeOfPiece } from '#core/media/mp4/piece-probe.ts';
import { parseSampleTable, readSampleTable, type SampleTable, writeSampleTable } from '#core/media/mp4/sample-table.ts';
import { sliceLeadSeconds } from '#core/media/mp4/slice.ts';
import type { TrackIndex } from '#core/media/source-index.ts';
import {
  countedFile,
  type IndexedFile,
  indexedFile,
  sliceIn,
  tableOf,
  writeJoined,
  writeSlice,
} from '#test/support/cut-files.ts';
import { ffmpeg, makeNumbered, type NumberedSource, numbersIn, small } from '#test/support/numbered-sources.ts';
import { sourceTimes } from '#test/support/time-base.ts';

let folder = '';
let files: Readonly<Record<string, string>> = {};

const sources = [
  ...['open-gop', '29.97', 'variable-rate', 'variable-rate-with-a-hole', 'hevc-open', 'edit-list', 'rotated'],
  ...['no-sound', 'sound-longer-and-late', 'picture-late'],
] as const satisfies readonly NumberedSource[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinoduct-joins-'));
  files = await makeNumbered(folder, sources);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '3', '-g', '45'];
const fragmented = [
  ...['-avoid_negative_ts', 'disabled', '-map_metadata', '-1', '-f', 'mp4'],
  ...['-movflags', '+frag_keyframe+empty_moov+default_base_moof+negative_cts_offsets+frag_discont'],
];

/** What FFmpeg's muxer makes of a time base, which both ways must agree on. */
const outputTimescale = (timescale: number): string => String(timescale < 10_000 ? timescale * 2 : timescale);

/** Pictures between two ticks: a slice, encoded at the times of the whole. */
const picturePiece = async (
  source: IndexedFile,
  track: TrackIndex,
  n: number,
  [from, to]: readonly (number | null)[],
): Promise<string> => {
  const [slice, piece] = [join(folder, `slice-${n}.mp4`), `${source.path}-${n}.mp4`];
  await writeSlice(source, sliceIn(source, track, from ?? null, to ?? null), slice);
  const lead = sliceLeadSeconds * track.timescale;
  const start = typeof from === 'number' ? [`start_pts=${from + lead}`] : [];
  const end = typeof to === 'number' ? [`end_pts=${to + lead}`] : [];
  const filter = `trim=${[...start, ...end].join(':')},setpts=PTS-${lead}`;
  const words = ['-copyts', '-noautorotate', '-i', slice, '-vf', filter, ...sourceTimes, ...x264];
  await ffmpeg([...words, '-video_track_timescale', outputTimescale(track.timescale), ...fragmented, piece]);
  return piece;
};

const wholeSound = async (source: IndexedFile): Promise<string> => {
  const piece = `${source.path}-sound.mp4`;
  await ffmpeg([
    '-copyts',
    '-i',
    source.path,
    '-map',
    '0:a',
    '-c:a',
    'aac',
    '-b:a',
    '96k',
    '-frag_duration',
    '10000000',
    ...fragmented,
    piece,
  ]);
  return piece;
};

const single = async (source: IndexedFile, track: TrackIndex): Promise<string> => {
  const file = `${source.path}-single.mp4`;
  const timescale = outputTimescale(track.timescale);
  const picture = ['-map', '0:v', '-map', '0:a?', ...sourceTimes, ...x264, '-video_track_timescale', timescale];
  // A sound that starts late starts on its own ticks.
  const sound = ['-c:a', 'aac', '-b:a', '96k', '-movie_timescale', String((Number(timescale) * 48_000) / 960)];
  await ffmpeg(['-noautorotate', '-i', source.path, ...picture, ...sound, '-map_metadata', '-1', file]);
  return file;
};

/** Times of a track's packets in seconds, and their sizes; sorted by time. */
const packets = async (file: string, stream: 'v' | 'a'): Promise<{ at: number; bytes: number }[]> => {
  const show = ['-show_entries', 'packet=pts_time,size', '-of', 'csv=p=0'];
  const { stdout } = await promisify(execFile)('ffprobe', ['-v', 'error', '-select_streams', stream, ...show, file]);
  const lines = stdout.split('\n').filter(Boolean);
  return lines
    .map((line) => line.split(',').map(Number))
    .map(([at = NaN, bytes = NaN]) => ({ at, bytes }))
    .toSorted((a, b) => a.at - b.at);
};

const times = async (file: string, stream: 'v' | 'a'): Promise<number[]> =>
  (await packets(file, stream)).map(({ at }) => at);

const openSource = async (name: string): Promise<{ source: IndexedFile; track: TrackIndex }> => {
  const source = await indexedFile(files[name] ?? '');
  const track = source?.tracks.find(({ kind }) => kind === 'video');
  if (!source || !track) throw new Error(`${name} cannot be cut`);
  return { source, track };
};

const piecesOf = async (paths: readonly string[]): Promise<JoinPiece[]> =>
  Promise.all(paths.map(async (path) => ({ table: parseSampleTable(writeSampleTable(await tableOf(path))) })));

describe('a film that is encoded in pieces and joined', () => {
  test.each(sources)('%s: has every picture and every sound where one encode has it', async (name) => {
    const { source, track } = await openSource(name);
    const step = Math.round(3.41 * track.timescale);
    const cuts = Array.from(
      { length: Math.floor((track.end - track.start) / step) },
      (_, n) => track.start + (n + 1) * step,
    );
    const bounds = [null, ...cuts, null];
    const picture: string[] = [];
    for (let n = 0; n + 1 < bounds.length; n += 1)
      picture.push(await picturePiece(source, track, n, [bounds[n] ?? null, bounds[n + 1] ?? null]));
    const sound = name === 'no-sound' ? [] : [await wholeSound(source)];
    const pieces = { picture: await piecesOf(picture), sound: await piecesOf(sound) };
    const path = `${source.path}-joined.mp4`;
    const joined = await writeJoined(pieces, { picture, sound }, path);

    const one = await single(source, track);
    expect(await numbersIn(path, small.square)).toStrictEqual(await numbersIn(one, small.square));
    expect(await times(path, 'v')).toStrictEqual(await times(one, 'v'));
    expect(await packets(path, 'a')).toStrictEqual(await packets(one, 'a'));
    expect(joined.bytes).toBe((await countedFile(path)).bytes);

    const check = checkJoined(readJoined(joined.head), pieces);
    expect(check).toMatchObject({ ...joined.facts, timesEqual: true, problems: [] });
    const slice = joinSlice(readJoined(joined.head), pieces, 3);
    expect(slice.joins).toBe(Math.min(3, picture.length - 1));
    const behind = join(folder, 'behind.mp4');
    await writeSlice({ file: await countedFile(path) }, slice, behind);
    // Says nothing, or what is wrong with the pictures.
    const decode = ['-v', 'warning', '-xerror', '-i', behind, ...sourceTimes, '-f', 'null', '-'];
    const { stderr } = await promisify(execFile)('ffmpeg', decode);
    expect(stderr).toBe('');
    expect((await numbersIn(behind, small.square)).length).toBe(slice.samples);
  });
});

test('sound in pieces, with what an encoder needs around them left out, follows packet after packet', async () => {
  const { source, track } = await openSource('open-gop');
  const sounds = source.tracks.find(({ kind }) => kind === 'audio');
  if (!sounds) throw new Error('there is no sound');
  const [frame, each, before, behind] = [1024, 150, 8, 3];
  const count = Math.ceil(sounds.end / frame) + 1;
  const paths: string[] = [];
  const sound: JoinPiece[] = [];
  for (let first = 0; first < count; first += each) {
    const last = Math.min(count, first + each);
    const [from, to] = [Math.max(0, first - before) * frame, Math.min(sounds.end, (last + behind) * frame)];
    const [slice, piece] = [join(folder, 'sound.mp4'), join(folder, `sound-${first}.mp4`)];
    await writeSlice(source, sliceIn(source, sounds, from === 0 ? null : from, to), slice);
    const lead = sliceLeadSeconds * sounds.timescale;
    const filter = `atrim=start_pts=${from + lead}:end_pts=${to + lead},asetpts=PTS-${lead}`;
    await ffmpeg([
      '-copyts',
      '-i',
      slice,
      '-af',
      filter,
      '-c:a',
      'aac',
      '-b:a',
      '96k',
      '-frag_duration',
      '10000000',
      ...fragmented,
      piece,
    ]);
    const table = await tableOf(piece);
    const dropped = first === 0 ? 0 : before;
    sound.push({ table, drop: { first: dropped, last: table.sizes.length - dropped - (last - first) } });
    paths.push(piece);
  }
  const picture = [await picturePiece(source, track, 0, [null, null])];
  const path = join(folder, 'sound-joined.mp4');
  const { facts } = await writeJoined({ picture: await piecesOf(picture), sound }, { picture, sound: paths }, path);
  const one = await single(source, track);
  expect(sound.length).toBeGreaterThan(2);
  expect(await times(path, 'a')).toStrictEqual(await times(one, 'a'));
  expect(facts.sound?.endSeconds).toBeCloseTo(small.seconds, 1);
});

describe('the table of a piece', () => {
  const table = async (): Promise<SampleTable> => {
    const { source, track } = await openSource('open-gop');
    return tableOf(await picturePiece(source, track, 0, [null, 10 * track.timescale]));
  };

  test('is a text of a few kilobytes that says the same as its file', async () => {
    const made = await table();
    const text = writeSampleTable(made);
    expect(made.sizes).toHaveLength(300);
    expect(text.length).toBeLessThan(6_000);
    expect(parseSampleTable(text)).toStrictEqual(made);
  });

  test('tells what ffprobe finds in the piece: codec, size, channels, pictures, length', async () => {
    const { source, track } = await openSource('open-gop');
    const paths = [await picturePiece(source, track, 0, [null, 10 * track.timescale]), await wholeSound(source)];
    for (const path of paths) {
      const { video, audio } = parseProbe(await ffmpegMediaTools().probe({ folder, file: basename(path) }));
      const told = probeOfPiece(path, await tableOf(path));
      expect(told?.video).toMatchObject(
        video.map(({ codec, codedWidth, codedHeight, frames }) => ({ codec, codedWidth, codedHeight, frames })),
      );
      expect(told?.audio).toMatchObject(
        audio.map(({ codec, channels, sampleRate }) => ({ codec, channels, sampleRate })),
      );
    }
    // Of what it does not know it says nothing, and ffprobe is asked.
    const made = await table();
    expect(probeOfPiece('x', made)?.video).toHaveLength(1);
    const stsd = Buffer.from(made.stsd);
    stsd.write('hvc1', 20, 'latin1');
    expect(probeOfPiece('x', { ...made, stsd })).toBeUndefined();
  });

  test('reads the boxes and not what lies between them', async () => {
    const { source, track } = await openSource('open-gop');
    const file = await countedFile(await picturePiece(source, track, 0, [null, null]));
    await readSampleTable(file);
    expect(file.counted.bytes).toBeLessThan(file.bytes * 0.75);
  });
});

test('one changed byte in the head of a joined film is seen', async () => {
  const { source, track } = await openSource('no-sound');
  const picture = [
    await picturePiece(source, track, 0, [null, 3 * track.timescale]),
    await picturePiece(source, track, 1, [3 * track.timescale, null]),
  ];
  const pieces = { picture: await piecesOf(picture), sound: [] };
  const { head } = await writeJoined(pieces, { picture, sound: [] }, join(folder, 'changed.mp4'));
  expect(checkJoined(readJoined(head), pieces).problems).toStrictEqual([]);
  const sizes = Buffer.from(head).indexOf('stsz') + 4 + 12;
  const wrong = Uint8Array.from(head);
  wrong[sizes + 4 * 50 + 3] = (wrong[sizes + 4 * 50 + 3] ?? 0) ^ 1;
  expect(checkJoined(readJoined(wrong), pieces)).toMatchObject({
    timesEqual: false,
    problems: ['sample 50 has another size'],
  });
});
