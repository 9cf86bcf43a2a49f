/** Clips of real films: where they begin and end, what is left out, and the list that tells of them. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseProbe } from '#core/ffmpeg/ffprobe.ts';
import type { CarriedOut } from '#test/support/carry-out.ts';
import { lavfi, type MediaHouse, mediaHouse, x264 } from '#test/support/media-house.ts';

let house: MediaHouse;

const scene = (color: string, seconds: number) => `color=${color}:s=320x180:r=25:d=${seconds}`;
const pattern = (seconds: number) => `testsrc2=s=320x180:r=25:d=${seconds}`;
const soundFor = (seconds: number, quiet: string) => `sine=d=${seconds}:f=440,volume='if(${quiet},0,1)':eval=frame`;

const film = async (name: string, scenes: readonly string[], sound: string, more: readonly string[] = []) => {
  const joined = `${scenes.map((_, n) => `[${n}]`).join('')}concat=n=${scenes.length}[v]`;
  const map = ['-filter_complex', joined, '-map', '[v]', '-map', String(scenes.length)];
  await house.make(name, `${name}.mp4`, [
    ...lavfi(...scenes, sound),
    ...map,
    ...x264,
    ...more,
    '-c:a',
    'aac',
    '-ac',
    '2',
  ]);
};

beforeAll(async () => {
  house = await mediaHouse();
  await film(
    'scenes',
    [scene('red', 2), pattern(2), scene('blue', 1.48), scene('yellow', 0.2), scene('green', 2)],
    soundFor(7.68, '0'),
  );
  await film(
    'dark',
    [pattern(1.2), scene('black', 1), pattern(1.8), scene('black', 1)],
    soundFor(5, 'between(t,1,2)+gt(t,4)'),
  );
  await film('even', [pattern(4)], soundFor(4, '0'), ['-g', '25', '-bf', '0']);
  // Each picture is brighter than the one before: it tells its number.
  await house.make('counted', 'counted.mp4', [
    ...lavfi("nullsrc=s=160x90:r=10:d=10,format=gray,geq=lum='2.5*N',format=yuv420p", 'sine=d=10'),
    ...[...x264, '-g', '1000', '-c:a', 'aac'],
  ]);
  await house.make('frame', 'frame.mp4', [...lavfi('testsrc2=s=320x240:r=25'), '-frames:v', '1', ...x264]);
  await house.make('portrait', 'portrait.mp4', [...lavfi('testsrc2=s=180x320:r=25:d=2'), ...x264]);
  await house.make('black', 'black.mp4', [...lavfi(scene('black', 2)), ...x264]);
  await house.make('sound', 'sound.wav', lavfi('sine=d=3'));
  await house.make('vorbis', 'vorbis.mkv', [
    ...lavfi(pattern(2), 'sine=d=2'),
    '-c:v',
    'mpeg4',
    '-g',
    '5',
    '-c:a',
    'libvorbis',
  ]);
});
afterAll(() => house.remove());

interface Listed {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly seconds: number;
  readonly label?: string;
}
const list = (made: CarriedOut): Listed[] =>
  (JSON.parse(readFileSync(made.file('out'), 'utf8')) as { clips: Listed[] }).clips; // our own document
const times = (made: CarriedOut) => list(made).map(({ start, end }) => [start, end]);
const probe = (file: string) =>
  parseProbe(
    JSON.parse(
      execFileSync('ffprobe', [
        '-v',
        'error',
        '-show_format',
        '-show_streams',
        '-count_packets',
        '-of',
        'json',
        file,
      ]).toString(),
    ),
  );
/** The number of each picture of the counted film that a clip shows. */
const numbers = (file: string): number[] => {
  const one = ['-vf', 'scale=1:1:flags=area,format=gray', '-f', 'rawvideo', 'pipe:1'];
  return [...execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-i', file, ...one])].map((level) =>
    Math.round(level / 2.5),
  );
};

describe('what is found', () => {
  test('scenes begin at their first picture; one that is too short is joined to its neighbour', async () => {
    const made = await house.run({ out: { type: 'clips', by: 'scene', encode: 'mp4-fast' } }, ['scenes']);
    expect(times(made)).toEqual([
      [0, 2],
      [2, 4],
      [4, 5.48],
      [5.48, 7.68],
    ]);
    expect(made.files('out')).toEqual(['out.json', 'out-001.mp4', 'out-002.mp4', 'out-003.mp4', 'out-004.mp4']);
    expect(probe(join(made.folder, 'out-003.mp4'))).toMatchObject({
      video: [{ frames: 37, codec: 'h264' }],
      audio: [{ codec: 'aac' }],
    });
  });

  test('a longer "min" joins more, a "max" splits evenly', async () => {
    const long = await house.run({ out: { type: 'clips', by: 'scene', min: 3, encode: 'mp4-fast' } }, ['scenes']);
    expect(times(long)).toEqual([
      [0, 4],
      [4, 7.68],
    ]);
    const short = await house.run({ out: { type: 'clips', by: 'scene', max: 1.5, encode: 'copy' } }, ['scenes']);
    expect(times(short).slice(0, 4)).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
    ]);
  });

  test('silence and black are left out', async () => {
    const heard = await house.run({ out: { type: 'clips', by: 'silence', encode: 'mp4-fast' } }, ['dark']);
    for (const [n, [start, end]] of [
      [0, 1],
      [2, 4],
    ].entries()) {
      expect(times(heard)[n]?.[0]).toBeCloseTo(start ?? 0, 1);
      expect(times(heard)[n]?.[1]).toBeCloseTo(end ?? 0, 1);
    }
    expect(times(heard)).toHaveLength(2);
    const seen = await house.run({ out: { type: 'clips', by: 'black', encode: 'mp4-fast' } }, ['dark']);
    expect(times(seen)).toEqual([
      [0, 1.2],
      [2.2, 4],
    ]);
  });

  test.each([
    ['scene', 'even'],
    ['silence', 'even'],
    ['black', 'even'],
    ['black', 'black'],
    ['scene', 'frame'],
  ])('nothing by %s in %s is one clip of all, with a warning', async (by, name) => {
    const made = await house.run({ out: { type: 'clips', by } }, [name]);
    expect(times(made)).toHaveLength(1);
    expect(made.plan.warnings.join('')).toContain('the clip is all of it');
  });
});

describe('encoded clips', () => {
  test('are exact to the picture, and none is lost or shown twice', async () => {
    const made = await house.run({ out: { type: 'clips', by: { every: 2.3 }, encode: 'mp4-fast' } }, ['counted']);
    expect(list(made)).toMatchObject([
      { file: 'out-001.mp4', start: 0, end: 2.3 },
      { file: 'out-002.mp4', start: 2.3, end: 4.6 },
      { file: 'out-003.mp4', start: 4.6, end: 6.9 },
      { file: 'out-004.mp4', start: 6.9, end: 9.2 },
      { file: 'out-005.mp4', start: 9.2, end: 10 },
    ]);
    const shown = list(made).map(({ file }) => numbers(join(made.folder, file)));
    expect(shown.map((clip) => clip.length)).toEqual([23, 23, 23, 23, 8]);
    for (const [n, number] of shown.flat().entries()) expect(Math.abs(number - n)).toBeLessThanOrEqual(1);
  });

  test('listed ones keep their order and their names, which are no file names', async () => {
    const named = '../../etc/passwd "; rm -rf';
    const by = {
      list: [
        { start: 5, end: 6, name: named },
        { start: 1, end: 600 },
      ],
    };
    const made = await house.run({ out: { type: 'clips', by, encode: 'webm' } }, ['counted']);
    expect(list(made)).toMatchObject([
      { file: 'out-001.webm', start: 5, end: 6, label: named },
      { file: 'out-002.webm', start: 1, end: 10 },
    ]);
    expect(numbers(join(made.folder, 'out-001.webm')).slice(0, 2)).toEqual([50, 51]);
    expect(list(made)[0]?.seconds).toBeCloseTo(1, 1);
  });

  test.each(['frame', 'portrait', 'vorbis'])('%s sources have them', async (name) => {
    await house.run({ out: { type: 'clips', by: { every: 0.7 }, encode: 'mp4-fast' } }, [name]);
  });

  test('are those of the part of the input that is wanted', async () => {
    const inputs = { counted: { upload: 'upl_01J9ZK3V8Q6X4T2N7M5R1W0YBD', start: 2, end: 5 } };
    const made = await house.run({ out: { type: 'clips', by: { every: 2 }, encode: 'mp4-fast' } }, ['counted'], {
      inputs,
    });
    expect(times(made)).toEqual([
      [0, 2],
      [2, 3],
    ]);
    expect(numbers(join(made.folder, 'out-002.mp4'))[0]).toBe(40);
  });
});

describe('copied clips', () => {
  test('begin at the key picture before, with the streams as they were', async () => {
    const made = await house.run({ out: { type: 'clips', by: { list: [{ start: 1.5, end: 3 }] }, encode: 'copy' } }, [
      'even',
    ]);
    const [clip] = list(made);
    // Key pictures lie at every second.
    expect(clip?.seconds).toBeCloseTo(2, 1);
    const found = probe(join(made.folder, 'out-001.mp4'));
    expect(found.video[0]?.frames).toBeGreaterThanOrEqual(49);
    expect(found.durationSeconds).toBeCloseTo(clip?.seconds ?? 0, 1);
    expect(made.checked.at(-1)?.attestation?.commands[0]).toContain('copy');
  });

  test('of codecs that MP4 does not hold are Matroska', async () => {
    const made = await house.run({ out: { type: 'clips', by: { every: 1 }, encode: 'copy' } }, ['vorbis']);
    expect(made.files('out')).toEqual(['out.json', 'out-001.mkv', 'out-002.mkv']);
    expect(list(made)[0]?.seconds).toBeGreaterThan(0.9);
  });
});

test('many clips are checked in reasonable time', async () => {
  const made = await house.run({ out: { type: 'clips', by: { every: 0.1 }, encode: 'copy' } }, ['even']);
  expect(list(made)).toHaveLength(40);
});

test.each([
  ['sound alone', 'sound', { by: { every: 1 } }, 'input.no_video_stream'],
  ['silence without sound', 'black', { by: 'silence' }, 'input.no_audio_stream'],
  ['a part beyond the end', 'even', { by: { list: [{ start: 4, end: 5 }] } }, 'spec.invalid'],
  ['a part that ends before it starts', 'even', { by: { list: [{ start: 3, end: 2 }] } }, 'spec.invalid'],
  ['a "min" above the "max"', 'even', { by: 'scene', min: 3, max: 2 }, 'spec.unsupported'],
  ['nothing at a time', 'even', { by: { every: 0 } }, 'spec.unsupported'],
  ['a list with a "min"', 'even', { by: { list: [{ start: 0, end: 1 }] }, min: 3 }, 'spec.unsupported'],
])('%s is refused', async (_, name, how, code) => {
  await expect(house.run({ out: { type: 'clips', ...how } }, [name])).rejects.toMatchObject({ code });
});
