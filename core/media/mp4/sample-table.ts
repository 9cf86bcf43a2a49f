/** What a fragmented MP4 with one track says of its samples, as a small text that is kept beside it. */
import * as z from 'zod';
import { Failure } from '../../failures.ts';
import { fromBase64, toBase64 } from './base64.ts';
import { boxHeader } from './boxes.ts';
import { fragmentSamples } from './fragment.ts';
import { parseMovie } from './moov.ts';
import { mostSamples } from './samples.ts';
import type { RangedFile } from './source-index.ts';

export interface SampleTable {
  /** Of the whole file that the offsets lie in. */
  readonly bytes: number;
  /** Ticks per second. */
  readonly timescale: number;
  readonly kind: 'video' | 'audio';
  /** As `mdhd` packs it: three letters of five bits. */
  readonly language: number;
  /** Whole boxes. */
  readonly tkhd: Uint8Array;
  readonly hdlr: Uint8Array;
  readonly stsd: Uint8Array;
  /** In the order of decoding; all of the same length. Times in ticks of the presentation; they may be negative. */
  readonly sizes: Uint32Array;
  readonly offsets: Float64Array;
  readonly shown: Float64Array;
  readonly durations: Uint32Array;
  /** 1 where decoding can start. */
  readonly sync: Uint8Array;
}

const broken = (detail: string): Failure => new Failure('encode.verify_failed', { detail, phase: 'checking' });

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Enough for most heads and fragments of ours. */
const windowBytes = 16_384;

interface TopBox {
  readonly type: string;
  readonly start: number;
  readonly bytes: () => Promise<Uint8Array>;
}

/** The boxes of the file, hopping over what lies between them. */
async function* topBoxes({ bytes, read }: RangedFile): AsyncGenerator<TopBox> {
  for (let at = 0; at + 16 <= bytes; ) {
    const start = at;
    const window = await read(at, Math.min(bytes, at + windowBytes));
    const header = boxHeader(viewOf(window), 0);
    if (!header || at + header.bytes > bytes) throw broken('A piece is no whole MP4.');
    const end = at + header.bytes;
    yield {
      type: header.type,
      start,
      bytes: async () => (end - start <= window.length ? window.subarray(0, end - start) : read(start, end)),
    };
    at = end;
  }
}

type Head = Pick<SampleTable, 'timescale' | 'kind' | 'language' | 'tkhd' | 'hdlr' | 'stsd'>;

const headOf = (moov: Uint8Array): Head => {
  const tracks = parseMovie(viewOf(moov))?.tracks ?? [];
  const [track] = tracks;
  if (tracks.length !== 1 || !track?.kind || track.timescale === 0) throw broken('A piece is not one track.');
  const { timescale, kind, language, tkhd, hdlr, stsd } = track;
  return { timescale, kind, language, tkhd, hdlr, stsd };
};

/** Reads the boxes and not the samples. Fails with `encode.verify_failed` where it is no such file. */
export const readSampleTable = async (file: RangedFile): Promise<SampleTable> => {
  let head: Head | undefined;
  const [sizes, offsets, shown, durations, sync]: number[][] = [[], [], [], [], []];
  for await (const { type, start, bytes } of topBoxes(file)) {
    if (type === 'moov') head = headOf(await bytes());
    if (type !== 'moof') continue;
    const samples = fragmentSamples(await bytes());
    if (!samples) throw broken('A fragment of a piece does not hold together.');
    for (const sample of samples) {
      const offset = start + sample.offset;
      if (offset < 0 || offset + sample.bytes > file.bytes) throw broken('A sample lies outside of its piece.');
      sizes?.push(sample.bytes);
      offsets?.push(offset);
      shown?.push(sample.decoded + sample.later);
      durations?.push(sample.ticks);
      sync?.push(sample.sync ? 1 : 0);
    }
  }
  if (!head) throw broken('A piece says nothing of its track.');
  return {
    bytes: file.bytes,
    ...head,
    sizes: Uint32Array.from(sizes ?? []),
    offsets: Float64Array.from(offsets ?? []),
    shown: Float64Array.from(shown ?? []),
    durations: Uint32Array.from(durations ?? []),
    sync: Uint8Array.from(sync ?? []),
  };
};

/** Pairs of a count and a number. */
const Runs = z.array(z.int()).refine(({ length }) => length % 2 === 0);

/** The text: columns, each in the way that makes it short. */
const Text = z.strictObject({
  version: z.literal(1),
  bytes: z.int().min(0),
  timescale: z.int().min(1),
  kind: z.enum(['video', 'audio']),
  language: z.int().min(0).max(0xffff),
  tkhd: z.base64(),
  hdlr: z.base64(),
  stsd: z.base64(),
  sizes: z.array(z.int().min(0)).max(mostSamples),
  /** The row of each sample that does not lie right behind the one before it, and how far it lies from its end. */
  gaps: z.array(z.tuple([z.int().min(0), z.int()])),
  /** When the first one is shown; of all others, how much later than the one before them. */
  shown: z.array(z.int()).max(mostSamples),
  durations: Runs,
  sync: Runs,
});

const runsOf = (values: ArrayLike<number>): number[] => {
  const runs: number[] = [];
  for (let n = 0; n < values.length; n += 1) {
    const value = values[n] ?? 0;
    if (runs.at(-1) === value && runs.length > 0) runs[runs.length - 2] = (runs.at(-2) ?? 0) + 1;
    else runs.push(1, value);
  }
  return runs;
};

/** JSON; some four kilobytes for ten seconds of thirty pictures each. */
export const writeSampleTable = (table: SampleTable): string => {
  const { bytes, timescale, kind, language, sizes, offsets, shown } = table;
  const end = (n: number): number => (n < 0 ? 0 : (offsets[n] ?? 0) + (sizes[n] ?? 0));
  return JSON.stringify({
    version: 1,
    bytes,
    timescale,
    kind,
    language,
    tkhd: toBase64(table.tkhd),
    hdlr: toBase64(table.hdlr),
    stsd: toBase64(table.stsd),
    sizes: [...sizes],
    gaps: [...offsets].flatMap((offset, n) => (offset === end(n - 1) ? [] : [[n, offset - end(n - 1)] as const])),
    shown: [...shown].map((time, n) => time - (n === 0 ? 0 : (shown[n - 1] ?? 0))),
    durations: runsOf(table.durations),
    sync: runsOf(table.sync),
  } satisfies z.output<typeof Text>);
};

const expand = (runs: readonly number[], count: number): number[] => {
  const values: number[] = [];
  for (let n = 0; n < runs.length; n += 2) {
    const length = runs[n] ?? 0;
    if (length < 0 || values.length + length > count) throw broken('The table of a piece does not hold together.');
    for (let k = 0; k < length; k += 1) values.push(runs[n + 1] ?? 0);
  }
  if (values.length !== count) throw broken('The table of a piece does not hold together.');
  return values;
};

const parsed = (text: string): z.output<typeof Text> => {
  try {
    return Text.parse(JSON.parse(text));
  } catch (error) {
    throw new Failure(
      'encode.verify_failed',
      { detail: 'The table of a piece is none.', phase: 'checking' },
      { cause: error },
    );
  }
};

/** Fails with `encode.verify_failed` where the text is no such table. */
export const parseSampleTable = (text: string): SampleTable => {
  const table = parsed(text);
  const count = table.sizes.length;
  if (table.shown.length !== count) throw broken('The table of a piece does not hold together.');
  const gaps = new Map(table.gaps);
  const [offsets, shown] = [new Float64Array(count), new Float64Array(count)];
  let [at, time] = [0, 0];
  for (let n = 0; n < count; n += 1) {
    at += gaps.get(n) ?? 0;
    const size = table.sizes[n] ?? 0;
    if (at < 0 || at + size > table.bytes) throw broken('A sample lies outside of its piece.');
    offsets[n] = at;
    at += size;
    time += table.shown[n] ?? 0;
    shown[n] = time;
  }
  const { bytes, timescale, kind, language } = table;
  return {
    bytes,
    timescale,
    kind,
    language,
    tkhd: fromBase64(table.tkhd),
    hdlr: fromBase64(table.hdlr),
    stsd: fromBase64(table.stsd),
    sizes: Uint32Array.from(table.sizes),
    offsets,
    shown,
    durations: Uint32Array.from(expand(table.durations, count)),
    sync: Uint8Array.from(expand(table.sync, count)),
  };
};
