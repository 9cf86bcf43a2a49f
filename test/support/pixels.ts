/** Pixels of pictures, for tests that compare what is on them. */
import { execFileSync } from 'node:child_process';

const filtered = (file: string, filters: readonly string[], format: string): Buffer =>
  execFileSync(
    'ffmpeg',
    [
      ...['-nostdin', '-v', 'error', '-i', file, '-frames:v', '1'],
      ...(filters.length === 0 ? [] : ['-vf', filters.join(',')]),
      ...['-pix_fmt', format, '-f', 'rawvideo', 'pipe:1'],
    ],
    { maxBuffer: 2 ** 28 },
  );

/** Of the first picture, row by row. */
export const rawPixels = (file: string, format = 'rgb24'): Buffer => filtered(file, [], format);

interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** How bright the first picture is on average, or an area of it: 0 to 255. */
export const grey = (file: string, area?: Area): number => {
  const crop = area ? [`crop=${area.width}:${area.height}:${area.x}:${area.y}:exact=1`] : [];
  const pixels = filtered(file, crop, 'gray');
  return pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
};

/** 64 bits that change little when a picture does: whether each of 8 × 8 areas is darker than its right neighbour. */
export const differenceHash = (file: string): string => {
  const pixels = filtered(file, ['scale=9:8:flags=area'], 'gray');
  const rows = Array.from({ length: 8 }, (_, y) =>
    Array.from({ length: 8 }, (__, x) => ((pixels[y * 9 + x] ?? 0) < (pixels[y * 9 + x + 1] ?? 0) ? '1' : '0')).join(
      '',
    ),
  );
  return rows.map((row) => Number.parseInt(row, 2).toString(16).padStart(2, '0')).join('');
};

/** How many bits of two hashes differ. */
export const distance = (a: string, b: string): number =>
  [...(BigInt(`0x${a}`) ^ BigInt(`0x${b}`)).toString(2)].filter((bit) => bit === '1').length;
