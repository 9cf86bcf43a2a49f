/** Pictures over pictures, measured on decoded pixels. */
import { deflateSync } from 'node:zlib';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ffmpegMediaTools } from '#adapters/ffmpeg/media-tools.ts';
import { parseProbe } from '#core/ffmpeg/ffprobe.ts';
import { admit } from '#core/media/admission.ts';
import { lavfi, type MediaHouse, mediaHouse, x264 } from '#test/support/media-house.ts';
import { bounds, type Colour, picture, pictures } from '#test/support/seen.ts';

let house: MediaHouse;
const sharp = { preset: 'mp4-fast', crf: 1, speed: 'ultrafast' };
const isRed = ([r, g, b]: Colour): boolean => r > 120 && g < 90 && b < 90;

beforeAll(async () => {
  house = await mediaHouse();
  const still = (name: string, source: string) =>
    house.make(name, `${name}.png`, [...lavfi(source), '-frames:v', '1', '-pix_fmt', 'rgba']);
  await house.make('black', 'black.mp4', [...lavfi('color=black:s=320x180:r=25:d=1'), ...x264]);
  await house.make('blue', 'blue.mp4', [...lavfi('color=0x0000ff:s=320x180:r=25:d=1'), ...x264]);
  await house.make('tall', 'tall.mp4', [...lavfi('color=black:s=180x320:r=25:d=0.4'), ...x264]);
  await house.make('uneven', 'uneven.mkv', [...lavfi('color=black:s=161x121:r=25:d=0.4'), '-c:v', 'ffv1']);
  await still('logo', 'color=red:s=64x32,format=rgba');
  await still('large', 'color=red:s=900x900,format=rgba');
  await still('broad', 'color=red:s=1200x300,format=rgba');
  await still('clear', 'color=red@0.0:s=64x32,format=rgba');
  // Red, green, blue: 0.2 s each.
  await house.make('gif', 'moving.gif', [
    ...lavfi(
      'color=red:s=40x40:r=5:d=0.6,format=rgb24,drawbox=color=lime:t=fill:enable=eq(n\\,1),drawbox=color=blue:t=fill:enable=eq(n\\,2)',
    ),
  ]);
  await house.make('film', 'film.mp4', [...lavfi('color=red:s=40x40:r=25:d=3'), ...x264]);
});
afterAll(() => house.remove());

const laid = async (overlay: Record<string, unknown>, from = 'black') => {
  const inputs = Object.keys(house.probes);
  const made = await house.run({ out: { type: 'video', from, edit: [{ overlay }], encode: sharp } }, inputs);
  return made.file('out');
};

describe('where it lies', () => {
  test.each([
    ['top-left', 10, 20],
    ['top', 128, 20],
    ['top-right', 246, 20],
    ['left', 10, 74],
    ['center', 128, 74],
    ['right', 246, 74],
    ['bottom-left', 10, 128],
    ['bottom', 128, 128],
    ['bottom-right', 246, 128],
  ])('%s', async (at, left, top) => {
    const file = await laid({ image: 'logo', at, x: 10, y: 20 });
    expect(bounds(picture(file), isRed)).toEqual({ left, top, right: left + 63, bottom: top + 31 });
  });

  test('distances and sizes in percent are those of the frame, and the shape is kept', async () => {
    const file = await laid({ image: 'logo', at: 'top-left', x: '10%', y: '20%', width: '10%' });
    expect(bounds(picture(file), isRed)).toEqual({ left: 32, top: 36, right: 63, bottom: 51 });
  });

  test('a picture is stretched where that is asked for, beyond its own size', async () => {
    const file = await laid({ image: 'logo', at: 'top-left', width: 128, height: 96, fit: 'stretch' });
    expect(bounds(picture(file), isRed)).toEqual({ left: 0, top: 0, right: 127, bottom: 95 });
  });

  test('a picture that is larger than the frame is fitted into it', async () => {
    const file = await laid({ image: 'large', at: 'center' });
    expect(bounds(picture(file), isRed)).toEqual({ left: 70, top: 0, right: 249, bottom: 179 });
    const broad = await laid({ image: 'broad', at: 'top-left' });
    expect(bounds(picture(broad), isRed)).toEqual({ left: 0, top: 0, right: 319, bottom: 79 });
  });

  test.each([
    ['tall', { left: 106, top: 278, right: 169, bottom: 309 }],
    ['uneven', { left: 86, top: 78, right: 149, bottom: 109 }],
  ])('in the corner of a %s picture', async (from, expected) => {
    const file = await laid({ image: 'logo', x: 10, y: 10 }, from);
    const seen = bounds(picture(file), isRed);
    // An uneven picture is scaled by less than a pixel afterwards.
    for (const side of ['left', 'top', 'right', 'bottom'] as const)
      expect(Math.abs((seen?.[side] ?? -9) - expected[side])).toBeLessThanOrEqual(from === 'uneven' ? 1 : 0);
  });
});

test('opacity mixes the colours in that proportion', async () => {
  const file = await laid({ image: 'logo', at: 'top-left', opacity: 0.25 }, 'blue');
  const [r, g, b] = picture(file).at(20, 16);
  expect(Math.abs(r - 64)).toBeLessThan(8);
  expect(g).toBeLessThan(10);
  expect(Math.abs(b - 191)).toBeLessThan(8);
});

test('what is transparent in a picture stays transparent', async () => {
  const file = await laid({ image: 'clear', at: 'top-left' }, 'blue');
  expect(bounds(picture(file), isRed)).toBeUndefined();
});

test('a window in time shows it from its first picture on, and no longer at its end', async () => {
  const file = await laid({ image: 'logo', start: 0.2, end: 0.6 });
  const shown = pictures(file).map((seen) => bounds(seen, isRed) !== undefined);
  expect(shown).toHaveLength(25);
  expect(shown.map((is, n) => (is ? n : -1)).filter((n) => n >= 0)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
});

test('a window that ends before it starts is refused', async () => {
  await expect(laid({ image: 'logo', start: 0.6, end: 0.6 })).rejects.toMatchObject({ code: 'spec.invalid' });
});

test('times before a change of speed are those of the slower picture, times after it those of the faster', async () => {
  const edit = [
    { overlay: { image: 'logo', at: 'left', start: 0.4, end: 0.8 } },
    { speed: 2 },
    { overlay: { image: 'logo', at: 'right', start: 0.4 } },
  ];
  const made = await house.run({ out: { type: 'video', from: 'black', edit, encode: sharp } }, ['black', 'logo']);
  const seen = pictures(made.file('out'));
  const shown = (x: number) => seen.map((each, n) => (isRed(each.at(x, 90)) ? n : -1)).filter((n) => n >= 0);
  expect(seen).toHaveLength(13);
  expect(shown(20)).toEqual([5, 6, 7, 8, 9]);
  expect(shown(300)).toEqual([10, 11, 12]);
});

describe('what moves', () => {
  test('a GIF is repeated to the end of the video, which keeps its length', async () => {
    const file = await laid({ image: 'gif', at: 'top-left' });
    const seen = pictures(file);
    expect(seen).toHaveLength(25);
    const colours = [2, 7, 12, 17, 22].map((n) =>
      seen[n]
        ?.at(20, 20)
        .map((channel) => Number(channel > 120))
        .join(''),
    );
    expect(colours).toEqual(['100', '010', '001', '100', '010']);
  });

  test('it starts when it is first shown', async () => {
    const file = await laid({ image: 'gif', at: 'top-left', start: 0.4 });
    const seen = pictures(file);
    expect(seen[9]?.at(20, 20)[0]).toBeLessThan(20);
    expect(isRed(seen[12]?.at(20, 20) ?? [0, 0, 0])).toBe(true);
    expect(seen[17]?.at(20, 20)[1]).toBeGreaterThan(120);
  });

  test('a film that is longer than the video does not make it longer', async () => {
    expect(pictures(await laid({ image: 'film' }))).toHaveLength(25);
  });
});

/** A PNG of one colour. */
const png = (width: number, height: number): Buffer => {
  const table = Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c >>> 0;
  });
  const crc = (bytes: Buffer): number =>
    (bytes.reduce((sum, byte) => (table[(sum ^ byte) & 255] ?? 0) ^ (sum >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0;
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width);
  head.writeUInt32BE(height, 4);
  head[8] = 8;
  const pixels = deflateSync(Buffer.alloc((width + 1) * height));
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
};

test('a picture of 15000 x 15000 pixels is refused before it is decoded', async () => {
  await writeFile(join(house.folder, 'bomb.png'), png(15_000, 15_000));
  const tools = ffmpegMediaTools();
  const admitted = async () =>
    admit(parseProbe(await tools.probe({ folder: house.folder, file: 'bomb.png' })), {
      maxBytes: 2 ** 30,
      maxSeconds: 36_000,
      maxPixels: 35_651_584,
    });
  const refused: unknown = await admitted().catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: expect.stringMatching(/^input\.(too_large|corrupt|not_media)$/) });
});
