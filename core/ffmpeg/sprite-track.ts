/** The WebVTT track of a storyboard: players show the part of the sheet that `#xywh=` names while one hovers over a time. */
import { webvttTime } from '../media/write-cues.ts';

export type SpriteTrack = {
  readonly count: number;
  /** Seconds that a tile stands for, and of the whole. */
  readonly every: number;
  readonly seconds: number;
  readonly tile: { readonly width: number; readonly height: number; readonly columns: number; readonly rows: number };
  /** The name of a sheet, counted from 0. */
  readonly file: (sheet: number) => string;
};

export const spriteTrack = ({ count, every, seconds, tile, file }: SpriteTrack): string => {
  const { width, height, columns, rows } = tile;
  const cues = Array.from({ length: count }, (_, n) => {
    const end = n === count - 1 ? seconds : (n + 1) * every;
    const place = n % (columns * rows);
    const [x, y] = [(place % columns) * width, Math.floor(place / columns) * height];
    const sheet = file(Math.floor(n / (columns * rows)));
    return `${webvttTime(n * every)} --> ${webvttTime(end)}\n${sheet}#xywh=${x},${y},${width},${height}\n`;
  });
  return `WEBVTT\n\n${cues.join('\n')}`;
};
