/** What a viewer sees and hears of a file: decoded pictures and sound, to be measured. */
import { execFileSync } from 'node:child_process';

const decoded = (words: readonly string[]): Buffer =>
  execFileSync('ffmpeg', ['-nostdin', '-v', 'error', ...words, 'pipe:1'], { maxBuffer: 2 ** 30 });

export type Colour = readonly [number, number, number];

export interface Picture {
  readonly width: number;
  readonly height: number;
  at(x: number, y: number): Colour;
}

const sizeOf = (file: string): [number, number] => {
  const text = execFileSync('ffprobe', [
    ...['-v', 'error', '-select_streams', 'v:0', '-show_entries', 'stream=width,height', '-of', 'csv=p=0', file],
  ]);
  const [width = 0, height = 0] = text.toString().trim().split(',').map(Number);
  return [width, height];
};

/** Every picture of the file, in RGB. For small files. */
export const pictures = (file: string): Picture[] => {
  const [width, height] = sizeOf(file);
  const bytes = decoded(['-i', file, '-fps_mode', 'passthrough', '-pix_fmt', 'rgb24', '-f', 'rawvideo']);
  const length = width * height * 3;
  return Array.from({ length: bytes.length / length }, (_, n) => ({
    width,
    height,
    at: (x, y) => {
      const start = n * length + (y * width + x) * 3;
      return [bytes[start] ?? 0, bytes[start + 1] ?? 0, bytes[start + 2] ?? 0];
    },
  }));
};

/** The one at this index. */
export const picture = (file: string, index = 0): Picture => {
  const found = pictures(file)[index];
  if (!found) throw new Error(`there is no picture ${index}`);
  return found;
};

export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The smallest rectangle around all pixels that `isInk` picks; right and bottom are the last ones within. */
export const bounds = (seen: Picture, isInk: (colour: Colour) => boolean): Rect | undefined => {
  let found: Rect | undefined;
  for (let y = 0; y < seen.height; y += 1)
    for (let x = 0; x < seen.width; x += 1) {
      if (!isInk(seen.at(x, y))) continue;
      found = {
        left: Math.min(found?.left ?? x, x),
        top: Math.min(found?.top ?? y, y),
        right: Math.max(found?.right ?? x, x),
        bottom: y,
      };
    }
  return found;
};

/** Of all channels, from 0 to 255. */
export const brightness = (seen: Picture): number => {
  let sum = 0;
  for (let y = 0; y < seen.height; y += 1)
    for (let x = 0; x < seen.width; x += 1) for (const channel of seen.at(x, y)) sum += channel;
  return sum / (seen.width * seen.height * 3);
};

export const soundRate = 48_000;

/** The sound as one channel of `soundRate`, from -1 to 1. */
export const samples = (file: string): Float32Array => {
  const bytes = decoded(['-i', file, '-map', '0:a:0', '-ac', '1', '-ar', String(soundRate), '-f', 'f32le']);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
};

/** Hertz of a pure tone, by how often it crosses zero upwards. */
export const pitchOf = (sound: Float32Array): number => {
  let crossings = 0;
  for (let n = 1; n < sound.length; n += 1) if ((sound[n - 1] ?? 0) < 0 && (sound[n] ?? 0) >= 0) crossings += 1;
  return (crossings * soundRate) / sound.length;
};

/** Root mean square between two seconds. */
export const loudness = (sound: Float32Array, from: number, to: number): number => {
  const part = sound.subarray(Math.round(from * soundRate), Math.round(to * soundRate));
  return Math.sqrt(part.reduce((sum, sample) => sum + sample * sample, 0) / part.length);
};
