/**
 * What work costs, measured on one processor of the machine that the table was made on: a virtual x86-64 of 2026 with
 * FFmpeg 5.1.9 (Debian), on 2026-11-21. Hosts differ by a factor that finished jobs tell (`speedFactor`).
 *
 * The rows of x264 were measured with real material of 720p and 1080p at 30 fps, with the decoder's share taken off; the
 * other encoders in relation to x264 on one clip of 360p.
 */

/** CPU seconds for each million pixels. */
const x264: Readonly<Record<string, number>> = {
  ultrafast: 0.005,
  superfast: 0.007,
  veryfast: 0.0108,
  faster: 0.022,
  fast: 0.028,
  medium: 0.0304,
  slow: 0.041,
  slower: 0.088,
  veryslow: 0.17,
};
const x265: Readonly<Record<string, number>> = {
  ultrafast: 0.02,
  superfast: 0.026,
  veryfast: 0.04,
  faster: 0.042,
  fast: 0.05,
  medium: 0.062,
  slow: 0.18,
  slower: 0.4,
  veryslow: 0.8,
};
const pictures: Readonly<Record<string, number>> = {
  'libvpx-vp9': 0.095,
  libsvtav1: 0.095,
  mpeg4: 0.003,
  gif: 0.2,
  libwebp: 0.1,
  libwebp_anim: 0.1,
  mjpeg: 0.005,
  png: 0.05,
};

/** Of an encoder as FFmpeg names it; one that is not in the table costs like x264. */
export const encodingCost = (encoder: string, preset = 'medium'): number => {
  if (encoder === 'libx265') return x265[preset] ?? 0.062;
  return pictures[encoder] ?? x264[preset] ?? 0.0304;
};

const decoders: Readonly<Record<string, number>> = {
  h264: 0.003,
  hevc: 0.004,
  vp9: 0.004,
  av1: 0.005,
  prores: 0.006,
  mpeg4: 0.002,
  mpeg2video: 0.002,
};
export const decodingCost = (codec: string): number => decoders[codec] ?? 0.003;

/** Of filters: for each million pixels that go in, and that come out. */
export const filterCost = { in: 0.0013, out: 0.001 } as const;

/** CPU seconds for each second of sound. */
const sounds: Readonly<Record<string, number>> = {
  aac: 0.0157,
  libopus: 0.01,
  libmp3lame: 0.0093,
  flac: 0.0014,
  pcm_s16le: 0.0005,
};
export const soundCost = (encoder: string): number => sounds[encoder] ?? 0.01;
export const soundDecodingCost = 0.002;
/** Of a copy, with all that is done for each packet: it is read, checked, and listed for the join. */
export const soundCopyCost = 0.001;
export const loudnessCost = 0.032;

/** What a task costs beside its pictures: Node, the start of FFmpeg and of ffprobe, the check of a file. */
export const taskCost = { task: 0.25, command: 0.08, file: 0.12 } as const;
/** Reading and hashing, copying, CPU seconds for each byte. */
export const byteCost = 1 / 400e6;

/** Bits for each pixel at the quality that goes with the encoder's default; a step of six in quality doubles them. */
const densities: Readonly<Record<string, { readonly bits: number; readonly crf: number }>> = {
  libx264: { bits: 0.075, crf: 23 },
  libx265: { bits: 0.04, crf: 28 },
  'libvpx-vp9': { bits: 0.07, crf: 30 },
  libsvtav1: { bits: 0.05, crf: 35 },
  mpeg4: { bits: 0.15, crf: 5 },
  gif: { bits: 2, crf: 0 },
  libwebp: { bits: 0.9, crf: 0 },
  mjpeg: { bits: 1.2, crf: 0 },
  png: { bits: 11, crf: 0 },
};
export const bitsPerPixel = (encoder: string, crf: number | undefined): number => {
  const { bits, crf: at } = densities[encoder] ?? { bits: 0.075, crf: 23 };
  return crf === undefined ? bits : bits * 2 ** ((at - crf) / 6);
};

/** Bytes of memory: of Node and FFmpeg alone, and for each million pixels of a picture that is encoded or decoded. */
export const memoryCost = {
  base: 220 * 2 ** 20,
  decoding: 40 * 2 ** 20,
  encoding: (encoder: string, preset = 'medium'): number => {
    if (encoder === 'libx265') return 350 * 2 ** 20;
    if (encoder === 'libsvtav1') return 600 * 2 ** 20;
    if (encoder === 'libvpx-vp9') return 200 * 2 ** 20;
    return (preset.endsWith('fast') ? 100 : 200) * 2 ** 20;
  },
} as const;

/** What is predicted lies between these shares of it, for most jobs. */
export const bands = {
  cpu: { low: 0.5, high: 1.8 },
  /** A quiet interview and a crowd in the rain differ by as much. */
  bytes: { low: 0.3, high: 2.5 },
} as const;
