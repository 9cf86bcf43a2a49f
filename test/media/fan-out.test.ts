import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CarriedOut } from '#test/support/carry-out.ts';
import { type MediaHouse, mediaHouse } from '#test/support/media-house.ts';
import {
  makeNumbered,
  type NumberedSource,
  numberedSources,
  numbersIn,
  small,
} from '#test/support/numbered-sources.ts';
import { timesOf } from '#test/support/track-times.ts';

/** Nothing is cut that is shorter than six of them; of parts and of what is played faster they are shorter. */
const pieceSeconds = 2;
const shortPieceSeconds = 1.4;
const size = { ...small, width: 160, height: 90, seconds: 12 };

/** What cannot be cut, and what is said of it. */
const whole: Partial<Record<NumberedSource, RegExp>> = {
  fragmented: /is a fragmented MP4, which is encoded in one piece/,
  'mpeg-ts': /MPEG-TS sources are encoded in one piece/,
  matroska: /Matroska and WebM sources are encoded in one piece/,
  vp9: /Matroska and WebM sources are encoded in one piece/,
};

const inputOf = (name: string): string => `in-${name.replace('.', '')}`;

let house: MediaHouse;
beforeAll(async () => {
  house = await mediaHouse({ isNoisy: true });
  const paths = await makeNumbered(house.folder, numberedSources, size);
  for (const [name, path] of Object.entries(paths)) await house.add(inputOf(name), path);
}, 120_000);
afterAll(() => house.remove());

const film = (from: string, rest: Record<string, unknown> = {}) => ({
  type: 'video',
  from,
  encode: { preset: 'mp4', speed: 'ultrafast' },
  ...rest,
});

const chunksIn = ({ plan }: Pick<CarriedOut, 'plan'>): number =>
  plan.tasks.filter(({ id }) => id.startsWith('chunk')).length;

/** Their pieces have to start before what they show. */
const readTwice: ReadonlySet<NumberedSource> = new Set([
  ...(['variable-rate-with-a-hole', 'long-gop', 'one-key-picture', 'intra-refresh'] as const),
]);

/** The same pictures at the same times, the same sound, and both as long. */
const expectSame = async (one: CarriedOut, cut: CarriedOut, output: string): Promise<void> => {
  const [a, b] = [one.file(output), cut.file(output)];
  expect(await numbersIn(b, size.square)).toEqual(await numbersIn(a, size.square));
  const [pictures, joined] = [timesOf(a, 'v'), timesOf(b, 'v')];
  const off = joined?.times.map((time, n) => Math.abs(time - (pictures?.times[n] ?? Infinity))) ?? [Infinity];
  // FFmpeg's own muxer rounds starts to a millisecond.
  expect(Math.max(...off)).toBeLessThan(0.001);
  const half = 0.5 / 24;
  expect(Math.abs((joined?.seconds ?? 0) - (pictures?.seconds ?? 0))).toBeLessThan(half);
  const [sound, heard] = [timesOf(a, 'a'), timesOf(b, 'a')];
  expect(heard?.times.length).toBe(sound?.times.length);
  expect(Math.abs((heard?.start ?? 0) - (sound?.start ?? 0))).toBeLessThan(0.001);
  expect(Math.abs((heard?.seconds ?? 0) - (sound?.seconds ?? 0))).toBeLessThan(half);
};

const [across, down] = [32, 18];

/** How much the most different small square of any picture differs, in shades of grey. */
const mostDifferent = (a: string, b: string): number => {
  const seen = (file: string): Buffer => {
    const filters = `scale=${across}:${down}:flags=area,format=gray`;
    const words = ['-v', 'error', '-nostdin', '-i', file, '-vf', filters, '-fps_mode', 'passthrough'];
    return execFileSync('ffmpeg', [...words, '-f', 'rawvideo', '-'], { maxBuffer: 2 ** 28 });
  };
  const [first, second] = [seen(a), seen(b)];
  expect(second.length).toBe(first.length);
  return first.reduce((most, grey, n) => Math.max(most, Math.abs(grey - (second[n] ?? 0))), 0);
};

const bothWays = async (
  outputs: Record<string, unknown>,
  input: string,
  seconds = pieceSeconds,
): Promise<{ readonly one: CarriedOut; readonly cut: CarriedOut }> => {
  const one = await house.run(outputs, [input]);
  const cut = await house.runCut(outputs, [input], seconds);
  return { one, cut };
};

describe('a film in pieces is the film in one', () => {
  test.each(numberedSources.filter((name) => !whole[name]))('%s', async (name) => {
    // What lies on its side is turned back, so that its numbers can be read.
    const edit = name === 'rotated' ? { edit: [{ rotate: 90 }] } : {};
    // Of this one less is shown.
    const seconds = name === 'edit-list' ? 1.4 : pieceSeconds;
    const { one, cut } = await bothWays({ out: film(inputOf(name), edit) }, inputOf(name), seconds);
    expect(cut.plan.warnings.filter((warning) => warning.includes('one piece'))).toEqual([]);
    expect(chunksIn(cut)).toBeGreaterThan(1);
    await expectSame(one, cut, 'out');
    const read = cut.bytesRead / (house.probes[inputOf(name)]?.bytes ?? 0);
    expect(read).toBeLessThanOrEqual(readTwice.has(name) ? 2 : 1.05);
  });
});

describe('windows, speeds and edits', () => {
  test.each([
    ['a part', 'closed-gop', { start: 1.35, end: 9.9 }],
    ['the rest', '29.97', { start: 2.5 }],
    ['the beginning', '23.976', { end: 9.01 }],
    ['twice as fast', 'closed-gop', { edit: [{ speed: 1.25 }] }],
    ['slower', 'closed-gop', { edit: [{ speed: 0.8 }] }],
    ['another rate', 'variable-rate', { fps: 24 }],
    ['a lower rate', 'closed-gop', { fps: 12 }],
  ])('%s of a film (%s)', async (_, name, rest) => {
    const { one, cut } = await bothWays({ out: film(inputOf(name), rest) }, inputOf(name), shortPieceSeconds);
    expect(chunksIn(cut)).toBeGreaterThan(1);
    await expectSame(one, cut, 'out');
  });
});

describe('edits see the time of the whole film', () => {
  const text = { text: { value: 'From 3.5 to 8.2', start: 3.5, end: 8.2, size: 15, at: 'center' } };
  const logo = { overlay: { image: 'logo', at: 'bottom-right', start: 2.9, end: 9.3 } };
  test.each([
    ['fades, a text and an overlay for a while', [{ fade: { in: 3, out: 4 } }, text, logo]],
    ['captions', [{ captions: { from: 'words', burn: true } }]],
    ['two speeds, and a text between', [{ speed: 1.25 }, text, { crop: { x: 0, y: 0, width: 150, height: 80 } }]],
  ])('%s', async (_, edit) => {
    await house.make('logo', 'logo.png', ['-f', 'lavfi', '-i', 'color=red:s=60x40', '-frames:v', '1']);
    await house.captions('words', '1\n00:00:01,200 --> 00:00:04,900\nOne\n\n2\n00:00:05,000 --> 00:00:11,000\nTwo\n');
    const inputs = ['in-closed-gop', 'logo', 'words'].filter((name) => JSON.stringify(edit).includes(`"${name}"`));
    const outputs = { out: film('in-closed-gop', { edit }) };
    const one = await house.run(outputs, ['in-closed-gop', ...inputs]);
    const cut = await house.runCut(outputs, ['in-closed-gop', ...inputs], shortPieceSeconds);
    expect(chunksIn(cut)).toBeGreaterThan(1);
    expect(mostDifferent(one.file('out'), cut.file('out'))).toBeLessThan(24);
  });

  test('interlaced pictures are seen with their neighbours', async () => {
    const fields = [
      '-vf',
      'crop=160:88,tinterlace=interleave_top,setfield=tff',
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
    ];
    const words = ['-i', join(house.folder, 'base.mov'), ...fields, '-flags', '+ilme+ildct', '-g', '30', '-an'];
    await house.make('fields', 'fields.mp4', [...words, '-r', '15']);
    const { one, cut } = await bothWays({ out: film('fields', { edit: [{ deinterlace: true }] }) }, 'fields');
    expect(chunksIn(cut)).toBeGreaterThan(1);
    expect(mostDifferent(one.file('out'), cut.file('out'))).toBeLessThan(24);
  });
});

describe('several outputs', () => {
  test('share the decode of each piece; a still and what is made of a film are made as ever', async () => {
    const outputs = {
      large: film('in-29'),
      half: film('in-29', { size: { width: 80 }, fps: 15, audio: 'none' }),
      poster: { type: 'image', from: 'large', at: 3 },
      still: { type: 'image', from: 'in-29', at: 5 },
    };
    await house.add('in-29', join(house.folder, 'ntsc.mp4'));
    const { one, cut } = await bothWays(outputs, 'in-29');
    const pieces = cut.plan.tasks.filter(({ id }) => id.startsWith('chunk'));
    expect(pieces.map((task) => task.kind === 'make' && [task.commands.length, task.partOf])).toEqual(
      pieces.map(() => [1, ['large', 'half']]),
    );
    expect(cut.plan.stages.map((stage) => stage.filter((id) => !id.startsWith('chunk')))).toEqual([
      ['make-still'],
      ['sound-large', 'join-half'],
      ['join-large'],
      ['make-poster'],
    ]);
    await expectSame(one, cut, 'large');
    expect(mostDifferent(one.file('half'), cut.file('half'))).toBeLessThan(24);
    expect(mostDifferent(one.file('poster'), cut.file('poster'))).toBeLessThan(24);
  });
});

describe('sound in pieces', () => {
  const heard = (file: string): Float32Array => {
    const words = [
      '-v',
      'error',
      '-nostdin',
      '-i',
      file,
      '-map',
      '0:a',
      '-af',
      'aresample=async=1:first_pts=0',
      '-f',
      'f32le',
      '-ac',
      '1',
      '-',
    ];
    const bytes = execFileSync('ffmpeg', words, { maxBuffer: 2 ** 28 });
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  };

  test('is the sound that is encoded whole, packet by packet, and no piece can be heard to start', async () => {
    const input = inputOf('sound-longer-and-late');
    // Fewer bits than the source has: it is not copied.
    const outputs = { out: film(input, { encode: { preset: 'mp4', speed: 'ultrafast', audioBitrate: 40_000 } }) };
    const one = await house.run(outputs, [input]);
    const cut = await house.runCut(outputs, [input], pieceSeconds, {}, { leastSoundSeconds: 4, workers: 1000 });
    const sounds = cut.plan.tasks.filter(({ id }) => id.startsWith('sound'));
    expect(sounds.map(({ id }) => id)).toEqual([0, 1, 2].map((n) => `sound000${n}-out`));
    await expectSame(one, cut, 'out');
    const [a, b] = [heard(one.file('out')), heard(cut.file('out'))];
    expect(Math.abs(a.length - b.length)).toBeLessThan(1024);
    // Around each join, against what the source itself sounds like.
    const original = heard(join(house.folder, 'sound-late.mp4'));
    const joined = cut.plan.tasks.find((task) => task.kind === 'join');
    const lengths = joined?.kind === 'join' ? joined.sound.flatMap(({ samples = 0 }) => samples * 1024) : [];
    for (const seam of [lengths[0] ?? 0, (lengths[0] ?? 0) + (lengths[1] ?? 0)]) {
      const off = (of: Float32Array): number =>
        original
          .subarray(seam - 3072, seam + 1024)
          .reduce((sum, sample, n) => sum + (sample - (of[seam - 3072 + n] ?? 0)) ** 2, 0);
      expect(off(b)).toBeLessThan(3 * off(a));
    }
  });
});

/** Of the sound: when each is heard, its size and its hash. How long the last one lasts FFmpeg rounds to a millisecond. */
const packets = (file: string): string[] =>
  execFileSync('ffmpeg', ['-v', 'error', '-i', file, '-map', '0:a', '-c', 'copy', '-f', 'framemd5', '-'])
    .toString()
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.split(/, */).toSpliced(3, 1).join(' '));

test('sound that is copied in pieces is the sound of the source, packet by packet', async () => {
  const inputs = [
    '-f',
    'lavfi',
    '-i',
    'testsrc2=s=64x48:r=10:d=30',
    '-itsoffset',
    '0.3',
    '-f',
    'lavfi',
    '-i',
    'sine=d=31',
  ];
  const encode = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '20', '-c:a', 'aac', '-b:a', '96k'];
  await house.make('small', 'small.mp4', [...inputs, ...encode]);
  const outputs = { out: film('small') };
  const one = await house.run(outputs, ['small']);
  const cut = await house.runCut(outputs, ['small'], 5, {}, { leastSoundSeconds: 4, workers: 1000 });
  expect(cut.plan.tasks.filter(({ id }) => id.startsWith('sound')).length).toBeGreaterThan(2);
  expect(packets(cut.file('out'))).toEqual(packets(one.file('out')));
});

test.each([
  ['sixteen bits, from the greatest', ['-c:a', 'pcm_s16be', '-ac', '2']],
  ['twenty-four bits', ['-c:a', 'pcm_s24le', '-ac', '1']],
  ['ninety-six thousand a second', ['-c:a', 'pcm_f32le', '-ac', '2', '-ar', '96000']],
])('sound that is stored value by value is encoded as of one file: %s', async (what, codec) => {
  const name = what.replaceAll(/\W/g, '').slice(0, 12);
  const sources = ['-f', 'lavfi', '-i', 'testsrc2=s=64x48:r=10:d=9', '-itsoffset', '0.21', '-f', 'lavfi', '-i'];
  const encode = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '10', ...codec];
  await house.make(name, `${name}.mov`, [...sources, 'aevalsrc=sin(900*t*t):d=8', ...encode]);
  const outputs = { out: film(name) };
  const one = await house.run(outputs, [name]);
  const cut = await house.runCut(outputs, [name], 1.4);
  expect(chunksIn(cut)).toBeGreaterThan(1);
  expect(cut.bytesRead).toBeLessThan(1.05 * (house.probes[name]?.bytes ?? 0));
  expect(packets(cut.file('out'))).toEqual(packets(one.file('out')));
});

/** A rendition as one file. */
const joined = async ({ folder, files }: CarriedOut, output: string, id: string): Promise<string> => {
  const segments = files(output)
    .filter((file) => file.startsWith(`${id}-`))
    .toSorted();
  const parts = await Promise.all([`${id}.init.mp4`, ...segments].map((file) => readFile(join(folder, file))));
  const path = join(folder, `${id}.whole.mp4`);
  await writeFile(path, Buffer.concat(parts));
  return path;
};

describe('a stream in pieces is the stream in one', () => {
  test.each(['closed-gop', 'variable-rate', 'sound-longer-and-late'])('%s', async (name) => {
    const ladder = [{ shortSide: 90 }, { shortSide: 48, maxBitrate: '100k' }];
    const out = { type: 'stream', from: inputOf(name), formats: ['hls', 'dash'], segmentSeconds: 1, ladder };
    const { one, cut } = await bothWays({ out }, inputOf(name));
    expect(chunksIn(cut)).toBeGreaterThan(1);
    expect(cut.files('out').toSorted()).toEqual(one.files('out').toSorted());
    for (const id of ['v90', 'audio']) {
      const [whole, pieces] = await Promise.all([joined(one, 'out', id), joined(cut, 'out', id)]);
      expect(timesOf(pieces, id === 'audio' ? 'a' : 'v')).toEqual(timesOf(whole, id === 'audio' ? 'a' : 'v'));
      if (id !== 'audio') expect(await numbersIn(pieces, size.square)).toEqual(await numbersIn(whole, size.square));
    }
    for (const file of ['v90.m3u8', 'v48.m3u8', 'audio.m3u8', 'v90.init.mp4', 'audio.init.mp4'])
      expect(await readFile(join(cut.folder, file))).toEqual(await readFile(join(one.folder, file)));
    const master = await readFile(join(cut.folder, 'master.m3u8'), 'utf8');
    expect(master.match(/#EXT-X-STREAM-INF/g)).toHaveLength(2);
  });
});

describe('what cannot be cut', () => {
  test.each(Object.entries(whole))('%s is encoded in one piece, and the plan says why', async (name, why) => {
    const plan = await house.planCut({ out: film(inputOf(name)) }, [inputOf(name)], pieceSeconds);
    expect(chunksIn({ plan })).toBe(0);
    expect(plan.warnings).toEqual(expect.arrayContaining([expect.stringMatching(why)]));
  });

  test.each([
    ['another container', { encode: 'mkv' }, /mkv files are encoded in one piece/],
    ['VP9', { encode: { preset: 'mp4', videoCodec: 'vp9' } }, /vp9 is encoded in one piece/],
    [
      'a part of a variable rate',
      { from: 'in-variable-rate', start: 1 },
      /variable frame rate is encoded in one piece/,
    ],
  ])('%s', async (_, output, why) => {
    const plan = await house.planCut(
      { out: film('in-closed-gop', output) },
      ['in-closed-gop', 'in-variable-rate'],
      0.5,
    );
    expect(chunksIn({ plan })).toBe(0);
    expect(plan.warnings).toEqual(expect.arrayContaining([expect.stringMatching(why)]));
  });
});
