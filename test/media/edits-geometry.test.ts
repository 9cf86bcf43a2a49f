/** Cropping, turning and what surrounds a fitted picture, measured on decoded pixels. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lavfi, type MediaHouse, mediaHouse, x264 } from '#test/support/media-house.ts';
import { bounds, type Colour, picture, type Picture, pictures } from '#test/support/seen.ts';

let house: MediaHouse;
const sharp = { preset: 'mp4-fast', crf: 1, speed: 'ultrafast' };

/** Red, green, blue and white corners of a quarter each, in reading order. */
const corners = (width: number, height: number) => {
  const box = (x: number, y: number, colour: string) =>
    `drawbox=x=${x}:y=${y}:w=${width / 2}:h=${height / 2}:color=${colour}:t=fill`;
  return `color=red:s=${width}x${height}:r=25:d=0.4,format=rgb24,${box(width / 2, 0, 'lime')},${box(0, height / 2, 'blue')},${box(width / 2, height / 2, 'white')}`;
};

const nameOf = ([r, g, b]: Colour): string =>
  ({ '100': 'red', '010': 'green', '001': 'blue', '111': 'white', '000': 'black' })[
    [r, g, b].map((channel) => Number(channel > 128)).join('')
  ] ?? 'other';
const cornersOf = (seen: Picture): string[] =>
  [
    [0.2, 0.2],
    [0.8, 0.2],
    [0.2, 0.8],
    [0.8, 0.8],
  ].map(([x = 0, y = 0]) => nameOf(seen.at(Math.floor(x * seen.width), Math.floor(y * seen.height))));
const sizeOf = ({ width, height }: Picture): string => `${width}x${height}`;

beforeAll(async () => {
  house = await mediaHouse();
  await house.make('wide', 'wide.mp4', [...lavfi(corners(320, 180)), ...x264, '-crf', '1']);
  await house.make('tall', 'tall.mp4', [...lavfi(corners(180, 320)), ...x264, '-crf', '1']);
  await house.make('odd', 'odd.mkv', [...lavfi(`${corners(320, 240)},scale=321:241:flags=neighbor`), '-c:v', 'ffv1']);
  await house.make('oblong', 'oblong.mp4', [...lavfi(corners(352, 288)), '-vf', 'setsar=16/11', ...x264, '-crf', '1']);
  // A phone held upright: the coded picture lies on its side.
  await house.make('lying', 'lying.mp4', [
    ...lavfi(corners(320, 180)),
    '-vf',
    'transpose=cclock',
    ...x264,
    '-crf',
    '1',
  ]);
  await house.make('phone', 'phone.mp4', [
    ...['-i', join(house.folder, 'lying.mp4'), '-c', 'copy', '-metadata:s:v:0', 'rotate=270'],
  ]);
  await house.make('hdr', 'hdr.mp4', [
    ...lavfi(corners(320, 180)),
    ...['-c:v', 'libx265', '-x265-params', 'log-level=error', '-pix_fmt', 'yuv420p10le', '-color_trc', 'smpte2084'],
    ...['-color_primaries', 'bt2020', '-colorspace', 'bt2020nc'],
  ]);
  await house.make('halves', 'halves.mp4', [
    ...lavfi('color=black:s=320x180:r=25:d=0.4,drawbox=x=160:w=160:color=white:t=fill'),
    ...[...x264, '-crf', '1'],
  ]);
  // Black above and below, and a dark start.
  await house.make('bars', 'bars.mp4', [
    ...lavfi("testsrc2=s=320x120:r=25:d=2,pad=320:180:0:30:black,drawbox=color=black:t=fill:enable='lt(t,0.5)'"),
    ...[...x264, '-crf', '5'],
  ]);
});
afterAll(() => house.remove());

const edited = async (from: string, edit: readonly unknown[], rest: Record<string, unknown> = {}): Promise<Picture> => {
  const made = await house.run({ out: { type: 'video', from, edit, encode: sharp, ...rest } }, [from]);
  return picture(made.file('out'), 3);
};

describe('rotate', () => {
  test.each([
    ['wide', 0, '320x180', ['red', 'green', 'blue', 'white']],
    ['wide', 90, '180x320', ['blue', 'red', 'white', 'green']],
    ['wide', 180, '320x180', ['white', 'blue', 'green', 'red']],
    ['wide', 270, '180x320', ['green', 'white', 'red', 'blue']],
    ['tall', 90, '320x180', ['blue', 'red', 'white', 'green']],
    ['odd', 90, '240x320', ['blue', 'red', 'white', 'green']],
    ['oblong', 90, '288x512', ['blue', 'red', 'white', 'green']],
    ['hdr', 270, '180x320', ['green', 'white', 'red', 'blue']],
  ])('%s by %i degrees clockwise', async (from, rotate, size, expected) => {
    const seen = await edited(from, [{ rotate }]);
    expect(sizeOf(seen)).toBe(size);
    expect(cornersOf(seen)).toEqual(expected);
  });

  test('it turns the picture as a viewer sees it, beyond what the file says', async () => {
    expect(house.probes['phone']?.video[0]).toMatchObject({ rotation: 90, codedWidth: 180 });
    const upright = await edited('phone', [{ rotate: 0 }]);
    expect(sizeOf(upright)).toBe(sizeOf(await edited('phone', [])));
    const [a, b, c, d] = cornersOf(upright);
    const turned = await edited('phone', [{ rotate: 90 }]);
    expect(sizeOf(turned)).toBe(`${upright.height}x${upright.width}`);
    expect(cornersOf(turned)).toEqual([c, a, d, b]);
  });

  test('two quarter turns are half a turn, and sizes are those of the turned picture', async () => {
    const seen = await edited('wide', [{ rotate: 90 }, { rotate: 90 }], { size: { width: 160 } });
    expect(sizeOf(seen)).toBe('160x90');
    expect(cornersOf(seen)).toEqual(['white', 'blue', 'green', 'red']);
    expect(sizeOf(await edited('wide', [{ rotate: 270 }], { size: { shortSide: 90 } }))).toBe('90x160');
  });
});

describe('crop', () => {
  test('it keeps exactly the rectangle', async () => {
    const seen = await edited('wide', [{ crop: { x: 100, y: 60, width: 120, height: 60 } }]);
    expect(sizeOf(seen)).toBe('120x60');
    expect(bounds(seen, (colour) => nameOf(colour) === 'red')).toEqual({ left: 0, top: 0, right: 59, bottom: 29 });
    expect(bounds(seen, (colour) => nameOf(colour) === 'white')).toEqual({ left: 60, top: 30, right: 119, bottom: 59 });
  });

  test('it begins where it was asked to, between the pixels that share a colour too', async () => {
    const seen = await edited('halves', [{ crop: { x: 81, y: 31, width: 120, height: 60 } }]);
    expect(bounds(seen, ([r]) => r > 128)).toEqual({ left: 79, top: 0, right: 119, bottom: 59 });
  });

  test('it is that of the turned picture where it stands behind a turn', async () => {
    const seen = await edited('wide', [{ rotate: 90 }, { crop: { x: 0, y: 0, width: 90, height: 160 } }]);
    expect(sizeOf(seen)).toBe('90x160');
    expect(new Set(cornersOf(seen))).toEqual(new Set(['blue']));
  });

  test('a rectangle beyond the picture is refused, with both sizes', async () => {
    const asked = edited('wide', [{ crop: { x: 300, y: 0, width: 100, height: 100 } }]);
    await expect(asked).rejects.toMatchObject({
      code: 'spec.invalid',
      message: expect.stringContaining('100x100 at 300,0 does not lie within the picture of 320x180'),
    });
  });

  test('"auto" cuts black bars away, in a second round of planning', async () => {
    const seen = await edited('bars', [{ crop: 'auto' }]);
    expect(sizeOf(seen)).toBe('320x120');
    expect(sizeOf(await edited('wide', [{ crop: 'auto' }]))).toBe('320x180');
  });

  test('"auto" behind an edit that moves the picture is refused', async () => {
    const asked = edited('bars', [{ rotate: 180 }, { crop: 'auto' }]);
    await expect(asked).rejects.toMatchObject({ code: 'spec.invalid' });
  });
});

describe('sizes', () => {
  const box = { width: 320, height: 320 };
  const isBlack = (colour: Colour): boolean => Math.max(...colour) < 24;

  test('blur shows the whole picture, and itself out of focus around it', async () => {
    const seen = await edited('wide', [], { size: { ...box, fit: 'blur' } });
    expect(sizeOf(seen)).toBe('320x320');
    // The picture itself lies in rows 70 to 249, sharp.
    expect(nameOf(seen.at(10, 75))).toBe('red');
    expect(nameOf(seen.at(310, 245))).toBe('white');
    expect(nameOf(seen.at(156, 100))).toBe('red');
    expect(nameOf(seen.at(163, 100))).toBe('green');
    // Around it no pixel is black, and edges are soft: between red and green there is neither.
    for (const y of [5, 35, 64, 256, 300])
      for (const x of [5, 100, 200, 315]) expect(isBlack(seen.at(x, y))).toBe(false);
    expect(nameOf(seen.at(20, 30))).toBe('red');
    expect(nameOf(seen.at(300, 300))).toBe('white');
    const [r, g] = seen.at(160, 30);
    expect(Math.abs(r - g)).toBeLessThan(60);
    // Enlarging alone would be as soft as that within a few pixels only.
    expect(seen.at(146, 30)[1]).toBeGreaterThan(15);
  });

  test.each(['tall', 'odd', 'phone', 'hdr', 'oblong'])('blur of a %s source', async (from) => {
    const seen = await edited(from, [{ rotate: 0 }], { size: { width: 320, height: 200, fit: 'blur' } });
    expect(sizeOf(seen)).toBe('320x200');
    expect(isBlack(seen.at(4, 4))).toBe(false);
    expect(isBlack(seen.at(315, 195))).toBe(false);
  });

  test('blur loses no picture, and shares a decode with other sizes', async () => {
    const made = await house.run(
      {
        blurred: { type: 'video', from: 'wide', size: { ...box, fit: 'blur' }, encode: sharp },
        again: { type: 'video', from: 'wide', size: { ...box, fit: 'blur' }, encode: sharp },
        small: { type: 'video', from: 'wide', size: { width: 160 }, encode: sharp },
        poster: { type: 'image', from: 'wide', size: { ...box, fit: 'blur' }, format: 'png' },
      },
      ['wide'],
    );
    expect(made.plan.tasks).toHaveLength(1);
    expect(['blurred', 'again', 'small'].map((name) => pictures(made.file(name)).length)).toEqual([10, 10, 10]);
    expect(sizeOf(picture(join(made.folder, 'poster.png')))).toBe('320x320');
  });

  test('the other fits do what they did', async () => {
    const size = (fit: string) => ({ size: { width: 200, height: 200, fit } });
    const pad = await edited('wide', [], size('pad'));
    expect([sizeOf(pad), isBlack(pad.at(100, 10)), nameOf(pad.at(10, 60))]).toEqual(['200x200', true, 'red']);
    const cover = await edited('wide', [], size('cover'));
    expect(cover.width).toBe(cover.height);
    expect(cornersOf(cover)).toEqual(['red', 'green', 'blue', 'white']);
    expect(sizeOf(await edited('wide', [], size('inside')))).toBe('200x112');
    expect(sizeOf(await edited('wide', [], size('stretch')))).toBe('200x180');
  });
});
