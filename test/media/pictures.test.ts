/** Series of pictures, storyboards, previews and waveforms of real files: how many, how large, and what is on them. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseVtt } from '@plussub/srt-vtt-parser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseProbe } from '#core/ffmpeg/ffprobe.ts';
import type { CarriedOut } from '#test/support/carry-out.ts';
import { lavfi, type MediaHouse, mediaHouse, x264 } from '#test/support/media-house.ts';
import { differenceHash, distance, grey, rawPixels } from '#test/support/pixels.ts';

let house: MediaHouse;

/** Its picture is as grey as it is late: second 0 is black, second 10 is white. */
const ramp = (seconds: number, size = '320x180', rate = 10) =>
  `nullsrc=s=${size}:r=${rate}:d=${seconds},format=gray,geq=lum='25*T',format=yuv420p`;

beforeAll(async () => {
  house = await mediaHouse();
  await house.make('ramp', 'ramp.mp4', [...lavfi(ramp(10), 'sine=f=440:d=10'), ...x264, '-c:a', 'aac']);
  await house.make('portrait', 'portrait.mp4', [...lavfi('testsrc2=s=180x320:r=25:d=2'), ...x264]);
  await house.make('odd', 'odd.mkv', [...lavfi('testsrc2=s=321x241:r=25:d=1'), '-c:v', 'mpeg4', '-q:v', '3']);
  await house.make('frame', 'frame.mp4', [...lavfi('testsrc2=s=320x240:r=25'), '-frames:v', '1', ...x264]);
  await house.make('vfr', 'vfr.mkv', [
    ...lavfi('testsrc2=s=320x240:r=25:d=4'),
    ...['-vf', "select='lt(t,0.2)+eq(n,75)'", '-fps_mode', 'vfr', ...x264],
  ]);
  await house.make('cover', 'cover.mp4', [
    ...lavfi('testsrc2=s=320x240:r=25', 'sine=f=440:d=6'),
    ...['-frames:v', '1', ...x264, '-c:a', 'aac'],
  ]);
  await house.make('turned', 'turned-0.mp4', [...lavfi('testsrc2=s=320x180:r=25:d=2'), ...x264]);
  await house.make('turned', 'turned.mp4', [
    '-i',
    join(house.folder, 'turned-0.mp4'),
    '-c',
    'copy',
    '-metadata:s:v',
    'rotate=90',
  ]);
  await house.make('hdr', 'hdr.mkv', [
    ...lavfi('testsrc2=s=320x180:r=25:d=1'),
    ...['-c:v', 'libx265', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p10le', '-color_primaries', 'bt2020'],
    ...['-x265-params', 'log-level=error', '-color_trc', 'smpte2084', '-colorspace', 'bt2020nc'],
  ]);
  await house.make('sound', 'sound.wav', lavfi("aevalsrc='0.8*sin(440*2*PI*t)*lt(t,1)':d=2:s=44100"));
  await house.make('blip', 'blip.wav', lavfi('sine=f=440:d=0.01'));
  await house.make('silent', 'silent.mp4', [
    ...lavfi('testsrc2=s=320x180:r=25:d=1', 'anullsrc'),
    '-shortest',
    ...x264,
    '-c:a',
    'aac',
  ]);
  await house.make('mute', 'mute.mp4', [...lavfi('testsrc2=s=320x180:r=25:d=1'), ...x264]);
});
afterAll(() => house.remove());

const paths = (made: CarriedOut, output: string): string[] => made.files(output).map((file) => join(made.folder, file));
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
const sizeOf = (file: string): string => {
  const [video] = probe(file).video;
  return `${video?.width}x${video?.height}`;
};
/** The second of the ramp that a picture shows. */
const secondOf = (file: string): number => Math.round((grey(file) / 25) * 10) / 10;

describe('images', () => {
  test('a count of them stands in the middle of even shares', async () => {
    const made = await house.run({ out: { type: 'images', count: 5 } }, ['ramp']);
    expect(made.files('out')).toEqual([1, 2, 3, 4, 5].map((n) => `out-00${n}.jpg`));
    const seconds = paths(made, 'out').map(secondOf);
    for (const [n, second] of seconds.entries()) expect(second).toBeCloseTo(1 + 2 * n, 0);
  });

  test('five are made where nothing is said', async () => {
    expect((await house.run({ out: { type: 'images' } }, ['ramp'])).files('out')).toHaveLength(5);
  });

  test('one every so often starts with the first picture', async () => {
    const made = await house.run({ out: { type: 'images', every: 3, size: { width: 160 } } }, ['ramp']);
    expect(paths(made, 'out').map((file) => Math.round(secondOf(file)))).toEqual([0, 3, 6, 9]);
    expect(new Set(paths(made, 'out').map(sizeOf))).toEqual(new Set(['160x90']));
  });

  test('times of one`s own come in their order, and are the last picture beyond the end', async () => {
    const made = await house.run({ out: { type: 'images', at: [7, '20%', 600] } }, ['ramp']);
    expect(paths(made, 'out').map((file) => Math.round(secondOf(file)))).toEqual([7, 2, 10]);
  });

  test.each([
    ['frame', '320x240'],
    ['vfr', '320x240'],
    ['cover', '320x240'],
    ['portrait', '180x320'],
    ['turned', '180x320'],
    ['odd', '320x240'],
    ['hdr', '320x180'],
  ])('%s sources give as many as were asked for', async (name, size) => {
    const made = await house.run({ out: { type: 'images', count: 7 }, each: { type: 'images', every: 0.5 } }, [name]);
    expect(made.files('out')).toHaveLength(7);
    expect(new Set(paths(made, 'out').map(sizeOf))).toEqual(new Set([size]));
    expect(made.plan.tasks).toHaveLength(1);
  });

  test('a variable rate shows what stood at each second', async () => {
    const made = await house.run({ out: { type: 'images', every: 1 } }, ['vfr']);
    const hashes = paths(made, 'out').map((file) => createHash('md5').update(rawPixels(file)).digest('hex'));
    // Pictures at 0 to 0.16 s and at 3 s: seconds 1 and 2 show the one of 0.16 s.
    expect(hashes[1]).toBe(hashes[2]);
    expect(hashes[3]).not.toBe(hashes[2]);
    expect(hashes[0]).not.toBe(hashes[1]);
  });

  test.each([
    ['too many a second', { every: 0.05 }, 'spec.unsupported'],
    ['two ways to choose', { every: 1, count: 3 }, 'spec.unsupported'],
  ])('%s are refused', async (_, how, code) => {
    await expect(house.run({ out: { type: 'images', ...how } }, ['ramp'])).rejects.toMatchObject({ code });
  });

  test('sound alone has no pictures', async () => {
    await expect(house.run({ out: { type: 'images' } }, ['sound'])).rejects.toMatchObject({
      code: 'input.no_video_stream',
    });
  });
});

describe('storyboards', () => {
  const track = (made: CarriedOut, output = 'out') =>
    parseVtt(readFileSync(made.file(output), 'utf8')).entries.map(({ from, to, text }) => ({ from, to, text }));

  test('every tile shows the middle of the time that the track gives it', async () => {
    const made = await house.run({ out: { type: 'sprite', every: 2, columns: 2, tileWidth: 64, vtt: true } }, ['ramp']);
    expect(made.files('out')).toEqual(['out.vtt', 'out-001.jpg']);
    expect(track(made)).toEqual([
      { from: 0, to: 2000, text: 'out-001.jpg#xywh=0,0,64,36' },
      { from: 2000, to: 4000, text: 'out-001.jpg#xywh=64,0,64,36' },
      { from: 4000, to: 6000, text: 'out-001.jpg#xywh=0,36,64,36' },
      { from: 6000, to: 8000, text: 'out-001.jpg#xywh=64,36,64,36' },
      { from: 8000, to: 10_000, text: 'out-001.jpg#xywh=0,72,64,36' },
    ]);
    const sheet = join(made.folder, 'out-001.jpg');
    expect(sizeOf(sheet)).toBe('128x108');
    const shown = track(made).map(({ text }) => {
      const [x = 0, y = 0, width = 0, height = 0] = (text.split('=')[1] ?? '').split(',').map(Number);
      return grey(sheet, { x: x + 8, y: y + 8, width: width - 16, height: height - 16 }) / 25;
    });
    for (const [n, second] of shown.entries()) expect(second).toBeCloseTo(1 + 2 * n, 0);
  });

  test('more tiles than a sheet holds go on the next', async () => {
    const made = await house.run({ out: { type: 'sprite', every: 0.1, columns: 50, tileWidth: 32, vtt: true } }, [
      'ramp',
    ]);
    expect(made.files('out')).toEqual(['out.vtt', 'out-001.jpg']);
    const many = await house.run({ out: { type: 'sprite', every: 0.1, columns: 9, tileWidth: 32, vtt: true } }, [
      'ramp',
    ]);
    expect(many.files('out')).toEqual(['out.vtt', 'out-001.jpg', 'out-002.jpg']);
    expect(track(many)[99]).toMatchObject({ from: 9900, to: 10_000, text: 'out-002.jpg#xywh=0,0,32,18' });
    expect(sizeOf(join(many.folder, 'out-002.jpg'))).toBe('288x198');
  });

  test('the preset is one with a track, a tile a second, in one decode with the rest', async () => {
    const made = await house.run(
      { out: 'storyboard', film: 'mp4-fast', wave: { type: 'waveform' }, some: { type: 'images' } },
      ['ramp'],
    );
    expect(made.plan.tasks).toHaveLength(1);
    expect(track(made)).toHaveLength(10);
    expect(made.files('out')).toEqual(['out.vtt', 'out-001.jpg']);
  });

  test.each(['frame', 'portrait', 'odd', 'turned', 'hdr', 'vfr', 'cover'])('%s sources have one', async (name) => {
    const made = await house.run({ out: 'storyboard' }, [name]);
    const cues = track(made);
    const ends = cues.map(({ to }) => to);
    expect(cues[0]?.from).toBe(0);
    expect((ends.at(-1) ?? 0) / 1000).toBeCloseTo(house.probes[name]?.durationSeconds ?? 0, 2);
    expect(cues.map(({ from }) => from).slice(1)).toEqual(ends.slice(0, -1));
  });

  test('tiles wider than a sheet may be stand one in a row', async () => {
    const made = await house.run({ out: { type: 'sprite', every: 0.5, tileWidth: 8192, columns: 50 } }, ['portrait']);
    expect(sizeOf(made.file('out'))).toBe('720x320');
  });
});

describe('previews', () => {
  test('a WebP moves and loops', async () => {
    const made = await house.run({ out: { type: 'preview', format: 'webp', seconds: 1, fps: 10, width: 100 } }, [
      'portrait',
    ]);
    const bytes = readFileSync(made.file('out'));
    expect(bytes.toString('latin1', 0, 16)).toMatch(/^RIFF....WEBPVP8X$/s);
    expect(bytes.readUInt32LE(4) + 8).toBe(bytes.length);
    expect(bytes.toString('latin1').split('ANMF')).toHaveLength(11);
    const loop = bytes.indexOf('ANIM');
    expect(bytes.readUInt16LE(loop + 12)).toBe(0);
    // Canvas size, less one, in 24 bits.
    expect([bytes.readUIntLE(24, 3) + 1, bytes.readUIntLE(27, 3) + 1]).toEqual([100, 178]);
  });

  test('an MP4 is mute, starts at once, and is as long as asked', async () => {
    const made = await house.run({ out: { type: 'preview', format: 'mp4', start: 2, seconds: 3, width: 160 } }, [
      'ramp',
    ]);
    const found = probe(made.file('out'));
    expect(found).toMatchObject({
      audio: [],
      video: [{ codec: 'h264', width: 160, height: 90, fps: { num: 10, den: 1 }, frames: 30 }],
    });
    expect(found.durationSeconds).toBeCloseTo(3, 1);
    const bytes = readFileSync(made.file('out')).toString('latin1');
    expect(bytes.indexOf('moov')).toBeLessThan(bytes.indexOf('mdat'));
  });

  test.each(['frame', 'portrait', 'odd', 'turned', 'hdr', 'vfr'])('%s sources have all three', async (name) => {
    const kinds = Object.fromEntries(
      ['gif', 'webp', 'mp4'].map((format) => [format, { type: 'preview', format, width: 100 }]),
    );
    await house.run(kinds, [name]);
  });
});

describe('waveforms', () => {
  /** Opaque pixels by column. */
  const columns = (file: string, width: number, height: number): number[] => {
    const pixels = rawPixels(file, 'rgba');
    expect(pixels).toHaveLength(width * height * 4);
    return Array.from(
      { length: width },
      (_, x) =>
        Array.from({ length: height }, (__, y) => pixels[(y * width + x) * 4 + 3] ?? 0).filter((alpha) => alpha > 0)
          .length,
    );
  };

  test('it is high where it is loud, and nothing is behind it', async () => {
    const made = await house.run({ out: { type: 'waveform', width: 201, height: 51 } }, ['sound']);
    const heights = columns(made.file('out'), 201, 51);
    for (const height of heights.slice(5, 95)) expect(height).toBeGreaterThan(40);
    for (const height of heights.slice(105, 195)) expect(height).toBeLessThan(4);
  });

  test.each(['ramp', 'blip', 'silent'])('%s sources have one', async (name) => {
    const made = await house.run({ out: { type: 'waveform' }, other: { type: 'waveform', width: 8192, height: 2 } }, [
      name,
    ]);
    expect(sizeOf(made.file('out'))).toBe('1280x240');
    expect(made.plan.tasks).toHaveLength(1);
  });

  test('no sound is an error that says so', async () => {
    await expect(house.run({ out: { type: 'waveform' } }, ['mute'])).rejects.toMatchObject({
      code: 'input.no_audio_stream',
    });
  });
});

test('a checksum is what sha256sum checks', async () => {
  const made = await house.run(
    {
      sum: { type: 'checksum' },
      out: 'copy',
      small: { type: 'images', at: [0] },
      gif: 'gif',
      of: { type: 'checksum', from: 'gif' },
    },
    ['frame'],
  );
  const hash = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
  expect(readFileSync(made.file('sum'), 'utf8')).toBe(`${hash(join(house.folder, 'frame.mp4'))}  frame.mp4\n`);
  execFileSync('sha256sum', ['--check', '--strict', made.file('of')], { cwd: made.folder });
});

/** How the pictures look, after somebody looked at them. */
describe('the pictures that were looked at', () => {
  test.each([
    ['sprite', { type: 'sprite', every: 0.5, columns: 2 }, 'portrait', 'a5bdadb5a5b5a5bd'],
    ['turned', { type: 'images', count: 1 }, 'turned', '808c0c0403525a50'],
    ['hdr', { type: 'images', count: 1 }, 'hdr', 'e7e7e7e7e7e7e7e7'],
  ])('%s', async (_, output, name, hash) => {
    const made = await house.run({ out: output }, [name]);
    expect(distance(differenceHash(made.file('out')), hash)).toBeLessThanOrEqual(4);
  });
});
