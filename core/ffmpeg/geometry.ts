/** How a player turns and stretches a coded picture. */
import type { Rational, VideoStream } from '#core/media/probe.ts';

type Degrees = VideoStream['rotation'];

interface Orientation {
  /** Clockwise, to the nearest right angle. */
  readonly degrees: Degrees;
  readonly mirrored: boolean;
}

const rightAngle = (clockwise: number): Degrees => {
  const turns = ((Math.round(clockwise / 90) % 4) + 4) % 4;
  return ([0, 90, 180, 270] as const)[turns] ?? 0;
};

/** ffprobe prints the matrix as a hex dump: a row number and three fixed-point numbers on each line. */
const matrixOf = (dump: unknown): number[] =>
  typeof dump === 'string'
    ? dump.split('\n').flatMap((line) => line.split(':')[1]?.trim().split(/\s+/).map(Number) ?? [])
    : [];

/** From the display matrix (whose rotation counts the other way round), or the older `rotate` tag. */
export const rotationOf = (stream: {
  readonly side_data_list?: readonly Readonly<Record<string, unknown>>[] | null | undefined;
  readonly tags?: Readonly<Record<string, string>> | null | undefined;
}): Orientation => {
  const matrix = stream.side_data_list?.find((side) => side['side_data_type'] === 'Display Matrix');
  const clockwise = matrix ? -Number(matrix['rotation'] ?? 0) : Number(stream.tags?.['rotate'] ?? 0);
  const [a = 1, b = 0, , c = 0, d = 1] = matrixOf(matrix?.['displaymatrix']);
  return { degrees: Number.isFinite(clockwise) ? rightAngle(clockwise) : 0, mirrored: a * d - b * c < 0 };
};

/** As a viewer sees it. A sample aspect ratio that would leave less than 2 or more than 16384 pixels is not believed. */
export const displaySize = (
  coded: { readonly width: number; readonly height: number },
  ratio: Rational,
  degrees: Degrees,
): { width: number; height: number } => {
  const stretched = Math.round((coded.width * ratio.num) / ratio.den);
  const width = stretched >= 2 && stretched <= 16_384 ? stretched : coded.width;
  return degrees % 180 === 0 ? { width, height: coded.height } : { width: coded.height, height: width };
};
