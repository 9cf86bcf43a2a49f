/**
 * A rendition of a stream: one track in segments that lie apart from their head (CMAF, ISO/IEC 23000-19). What playlists
 * tell of it is read out of the segments themselves, and what FFmpeg claims to have written is compared with it.
 */
import { Failure } from '../failures.ts';
import { boxHeader } from './mp4/boxes.ts';
import { type Fragment, parseFragment } from './mp4/fragment.ts';
import { type Head, parseHead } from './mp4/head.ts';
import type { Probe, Rational } from './probe.ts';

/** The files of a task's folder, for reading. */
export interface RenditionFiles {
  readonly text: (file: string, maxBytes: number) => Promise<string>;
  readonly bytes: (file: string, start: number, length: number) => Promise<Uint8Array>;
  readonly list: () => Promise<readonly { readonly file: string; readonly bytes: number }[]>;
}

/** Where a piece of a rendition begins: the number of its first segment, and the second at which that starts. */
export interface PieceStart {
  readonly first: number;
  readonly start: Rational;
}

/** All names follow from a rendition's own. No output's name has a dot in it, so none of them is another output's. */
export const renditionFiles = (id: string) => ({
  /** The initialization segment. */
  head: `${id}.init.mp4`,
  /** What FFmpeg lists its segments in; it stays in the folder. */
  list: `${id}.list.m3u8`,
  /** For players. */
  playlist: `${id}.m3u8`,
  /** Segments are counted from 1. */
  segment: { prefix: `${id}-`, digits: 5, suffix: '.m4s' },
});

export interface Segment {
  readonly file: string;
  readonly bytes: number;
  /** How long it lasts. */
  readonly ticks: number;
  readonly samples: number;
}

export type Rendition = {
  readonly id: string;
  readonly head: Head;
  /** At least one. */
  readonly segments: readonly Segment[];
};

const maxListBytes = 2 ** 24;
const maxHeadBytes = 2 ** 20;
/** A fragment of a minute fits. */
const peekBytes = 2 ** 16;

const broken = (detail: string): Failure => new Failure('encode.verify_failed', { detail, phase: 'checking' });

/** The names of an FFmpeg playlist. One that has no end was not finished, whatever FFmpeg's exit code says. */
const listedIn = (text: string, list: string): string[] => {
  const lines = text.split('\n').map((line) => line.trim());
  if (!lines.includes('#EXT-X-ENDLIST')) throw broken(`FFmpeg did not finish ${list}.`);
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.replace(/^file:/, ''));
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** All fragments of a segment. Fails where a box ends beyond the file: then the segment is truncated. */
const fragmentsOf = async (files: RenditionFiles, file: string, bytes: number): Promise<Fragment[]> => {
  const found: Fragment[] = [];
  const peek = await files.bytes(file, 0, Math.min(bytes, peekBytes));
  const part = async (start: number, length: number): Promise<Uint8Array> =>
    start + length <= peek.byteLength ? peek.subarray(start, start + length) : files.bytes(file, start, length);
  let [at, data] = [0, 0];
  while (at < bytes) {
    const start = await part(at, Math.min(16, bytes - at));
    const box = boxHeader(new DataView(start.buffer, start.byteOffset, start.byteLength), 0);
    if (!box || at + box.bytes > bytes) throw broken(`${file} is truncated.`);
    if (box.type === 'mdat') data += box.bytes - box.header;
    if (box.type === 'moof') {
      const fragment = parseFragment(await part(at, box.bytes));
      if (!fragment) throw broken(`A fragment of ${file} cannot be read back.`);
      found.push(fragment);
    }
    at += box.bytes;
  }
  if (found.length === 0 || sum(found.map((fragment) => fragment.bytes)) !== data)
    throw broken(`${file} does not hold the samples that it lists.`);
  return found;
};

const wholeRendition: PieceStart = { first: 1, start: { num: 0, den: 1 } };

/** In ticks, which every picture of a constant rate starts at exactly. */
export const ticksOf = ({ num, den }: Rational, timescale: number): number => (num * timescale) / den;

/**
 * Reads a rendition back, or a piece of one. Fails with `encode.verify_failed` where FFmpeg's list is not finished, a
 * segment is missing, empty, truncated or not listed, or where the segments do not follow one another without a gap
 * from where it starts.
 */
export const readRendition = async (
  files: RenditionFiles,
  id: string,
  { first, start }: PieceStart = wholeRendition,
): Promise<Rendition> => {
  const names = renditionFiles(id);
  const all = await files.list();
  const sizes = new Map(all.map(({ file, bytes }) => [file, bytes]));
  const head = sizes.has(names.head) ? parseHead(await files.bytes(names.head, 0, maxHeadBytes)) : undefined;
  if (!head) throw broken(`${names.head} is not there or cannot be read back.`);
  const listed = sizes.has(names.list) ? listedIn(await files.text(names.list, maxListBytes), names.list) : [];
  if (listed.length === 0) throw broken(`FFmpeg listed no segments in ${names.list}.`);
  const { prefix, digits, suffix } = names.segment;
  const written = all.filter(({ file }) => file.startsWith(prefix) && file.endsWith(suffix)).length;
  if (written !== listed.length) throw broken(`${id}: there are ${written} segments; FFmpeg lists ${listed.length}.`);

  const segments: Segment[] = [];
  let time = ticksOf(start, head.timescale);
  for (const [n, file] of listed.entries()) {
    const bytes = sizes.get(file) ?? 0;
    const expected = `${prefix}${String(n + first).padStart(digits, '0')}${suffix}`;
    if (file !== expected || bytes === 0) throw broken(`The segment ${expected} is missing or empty.`);
    const fragments = await fragmentsOf(files, file, bytes);
    for (const fragment of fragments) {
      if (fragment.decodeTime !== time) throw broken(`${file} does not start where the segment before it ends.`);
      time += fragment.ticks;
    }
    if (!fragments[0]?.startsSync) throw broken(`${file} does not start with a key frame.`);
    const [ticks, samples] = [sum(fragments.map((each) => each.ticks)), sum(fragments.map((each) => each.samples))];
    segments.push({ file, bytes, ticks, samples });
  }
  return { id, head, segments };
};

export const secondsOf = ({ head }: Rendition, { ticks }: { readonly ticks: number }): number => ticks / head.timescale;

export const totalOf = ({ segments }: Rendition): Omit<Segment, 'file'> => ({
  bytes: sum(segments.map(({ bytes }) => bytes)),
  ticks: sum(segments.map(({ ticks }) => ticks)),
  samples: sum(segments.map(({ samples }) => samples)),
});

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));

/** Pictures per second, exactly: the rate is constant. */
export const frameRateOf = (rendition: Rendition): { num: number; den: number } => {
  const { samples, ticks } = totalOf(rendition);
  const num = samples * rendition.head.timescale;
  const divisor = greatestDivisor(num, ticks);
  return { num: num / divisor, den: ticks / divisor };
};

/** Bits per second. */
export const averageBitrate = (rendition: Rendition): number => {
  const total = totalOf(rendition);
  return Math.ceil((total.bytes * 8) / secondsOf(rendition, total));
};

/**
 * Bits per second of the heaviest run of segments that lasts between half and one and a half of the target duration
 * (draft-pantos-hls-rfc8216bis, section 4.4.6.2: "peak segment bit rate"); the average where no run does.
 */
export const peakBitrate = (rendition: Rendition, targetSeconds: number): number => {
  const { segments } = rendition;
  const rates = segments.flatMap((_, first) => {
    const found: number[] = [];
    let [bytes, seconds] = [0, 0];
    for (const segment of segments.slice(first)) {
      bytes += segment.bytes;
      seconds += secondsOf(rendition, segment);
      if (seconds > 1.5 * targetSeconds) break;
      if (seconds >= 0.5 * targetSeconds) found.push((bytes * 8) / seconds);
    }
    return found;
  });
  return Math.ceil(Math.max(...rates, rates.length === 0 ? averageBitrate(rendition) : 0));
};

/** Whole seconds that no segment is longer than when rounded (RFC 8216, section 4.3.3.1). */
export const targetSeconds = (rendition: Rendition): number =>
  Math.max(1, ...rendition.segments.map((segment) => Math.round(secondsOf(rendition, segment))));

const codecNames: Readonly<Record<string, string>> = { avc1: 'h264', mp4a: 'aac' };

/** What is known of it, as of a file: the output check asks for the same things of both. */
export const probeOfRendition = (rendition: Rendition): Probe => {
  const { head } = rendition;
  const total = totalOf(rendition);
  const durationSeconds = secondsOf(rendition, total);
  const track = { index: 0, codec: codecNames[head.codecs.split('.')[0] ?? ''] ?? head.codecs, durationSeconds };
  const video =
    head.kind === 'video'
      ? {
          ...track,
          profile: null,
          width: head.width,
          height: head.height,
          codedWidth: head.width,
          codedHeight: head.height,
          rotation: 0 as const,
          sampleAspectRatio: { num: 1, den: 1 },
          fps: frameRateOf(rendition),
          pixelFormat: null,
          frames: total.samples,
          transfer: 'sdr' as const,
          interlaced: false,
        }
      : undefined;
  const audio =
    head.kind === 'audio'
      ? {
          ...track,
          channels: head.channels,
          layout: null,
          sampleRate: head.sampleRate,
          bitrate: averageBitrate(rendition),
        }
      : undefined;
  return {
    container: 'mov',
    durationSeconds,
    bytes: total.bytes,
    video: video ? [video] : [],
    audio: audio ? [audio] : [],
    subtitles: [],
    notes: [],
  };
};
