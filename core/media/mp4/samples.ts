/**
 * Where the samples of a track lie, how large they are and when they are decoded (ISO/IEC 14496-12, 8.6 and 8.7). No table
 * is believed to be longer than its box, and what does not hold together is a `RangeError`.
 */
import { type Box, entriesOf } from './boxes.ts';
import type { TrackBoxes } from './moov.ts';

/** In the order of decoding; all of the same length. */
export interface Samples {
  readonly count: number;
  readonly offsets: Float64Array;
  readonly sizes: Uint32Array;
  /** Ticks of the media: without its edits. */
  readonly decoded: Float64Array;
  readonly later: Int32Array;
  /** 1 where decoding can start. */
  readonly sync: Uint8Array;
  /** Which entry of `stsd`, from 1. */
  readonly descriptions: Uint16Array;
  /** How long the last one lasts. */
  readonly lastTicks: number;
  /** What FFmpeg adds to every composition time of a track with negative ones, so that none is before its decoding. */
  readonly shift: number;
}

/** Ten hours of sixty pictures each second, with their sound, are not four million. */
export const mostSamples = 8_000_000;

type Find = (type: string) => Box | undefined;

/** `stsz`, or `stz2` with its sizes of 4, 8 or 16 bits. */
export const sizesOf = (view: DataView, find: Find): { count: number; sizes: () => Uint32Array } => {
  const plain = find('stsz');
  if (plain) {
    const [fixed, claimed] = [view.getUint32(plain.start + 4), view.getUint32(plain.start + 8)];
    const count = fixed > 0 ? claimed : entriesOf(view, plain, 4, 12);
    const at = plain.start + 12;
    const listed = (): Uint32Array => {
      const sizes = new Uint32Array(count);
      for (let n = 0; n < count; n += 1) sizes[n] = view.getUint32(at + 4 * n);
      return sizes;
    };
    return { count, sizes: () => (fixed > 0 ? new Uint32Array(count).fill(fixed) : listed()) };
  }
  const compact = find('stz2');
  if (!compact) throw new RangeError('there are no sizes');
  const [bits, count] = [view.getUint8(compact.start + 7), view.getUint32(compact.start + 8)];
  const at = compact.start + 12;
  if (![4, 8, 16].includes(bits) || at + (count * bits) / 8 > compact.end) throw new RangeError('sizes are missing');
  const size = (n: number): number => {
    if (bits === 16) return view.getUint16(at + 2 * n);
    if (bits === 8) return view.getUint8(at + n);
    return n % 2 === 0 ? view.getUint8(at + n / 2) >> 4 : view.getUint8(at + (n - 1) / 2) & 15;
  };
  return { count, sizes: () => Uint32Array.from({ length: count }, (_, n) => size(n)) };
};

/** Calls for each sample with the number that its run tells; what is left after the last run gets `rest`. */
const spread = (
  view: DataView,
  table: Box,
  count: number,
  put: (n: number, value: number) => void,
  rest: 'last' | 0,
): void => {
  const entries = entriesOf(view, table, 8);
  let [n, value] = [0, 0];
  for (let entry = 0; entry < entries && n < count; entry += 1) {
    const at = table.start + 8 + 8 * entry;
    const end = Math.min(count, n + view.getUint32(at));
    value = view.getInt32(at + 4);
    for (; n < end; n += 1) put(n, value);
  }
  for (; n < count; n += 1) put(n, rest === 'last' ? value : 0);
};

const decodingTimes = (view: DataView, find: Find, count: number): Pick<Samples, 'decoded' | 'lastTicks'> => {
  const table = find('stts');
  if (!table) throw new RangeError('there are no times');
  const decoded = new Float64Array(count);
  let [time, lastTicks] = [0, 0];
  const put = (n: number, delta: number): void => {
    if (delta < 0) throw new RangeError('time runs backwards');
    decoded[n] = time;
    time += delta;
    lastTicks = delta;
  };
  spread(view, table, count, put, 'last');
  return { decoded, lastTicks };
};

/** FFmpeg drops the whole table where a number is larger; it looks at all entries but the last two for both. */
const largestLater = 2 ** 28;
const overlookedEntries = 2;

const compositionTimes = (view: DataView, find: Find, count: number): Pick<Samples, 'later' | 'shift'> => {
  const later = new Int32Array(count);
  const table = find('ctts');
  if (!table) return { later, shift: 0 };
  let shift = 0;
  const put = (n: number, value: number): void => {
    if (Math.abs(value) > largestLater) throw new RangeError('a picture is shown long after it is decoded');
    later[n] = value;
  };
  spread(view, table, count, put, 0);
  const entries = entriesOf(view, table, 8);
  for (let entry = 0; entry < entries - overlookedEntries; entry += 1) {
    const at = table.start + 8 + 8 * entry;
    if (view.getUint32(at) > 0) shift = Math.max(shift, -view.getInt32(at + 4));
  }
  return { later, shift };
};

const syncSamples = (view: DataView, find: Find, count: number): Uint8Array => {
  const table = find('stss');
  if (!table) return new Uint8Array(count).fill(1);
  const sync = new Uint8Array(count);
  const entries = entriesOf(view, table, 4);
  for (let entry = 0; entry < entries; entry += 1) {
    const n = view.getUint32(table.start + 8 + 4 * entry) - 1;
    if (n >= 0 && n < count) sync[n] = 1;
  }
  return sync;
};

type Chunk = { readonly offset: number; readonly samples: number; readonly description: number };

/** Chunk after chunk, as `stsc` says how many samples each has, until there are `count`. */
export const chunksOf = function* (view: DataView, find: Find, count: number): Generator<Chunk> {
  const [toChunk, narrow, wide] = [find('stsc'), find('stco'), find('co64')];
  const table = narrow ?? wide;
  if (!toChunk || !table) throw new RangeError('there are no places');
  const chunks = entriesOf(view, table, narrow ? 4 : 8);
  const placeOf = (n: number): number =>
    narrow ? view.getUint32(table.start + 8 + 4 * n) : Number(view.getBigUint64(table.start + 8 + 8 * n));
  const entries = entriesOf(view, toChunk, 12);
  let [n, chunk] = [0, 0];
  for (let entry = 0; entry < entries; entry += 1) {
    const at = toChunk.start + 8 + 12 * entry;
    const next = entry + 1 < entries ? view.getUint32(at + 12) - 1 : chunks;
    if (view.getUint32(at) - 1 !== chunk || next < chunk || next > chunks)
      throw new RangeError('chunks are out of order');
    const [each, description] = [view.getUint32(at + 4), view.getUint32(at + 8)];
    for (; chunk < next && n < count; chunk += 1) {
      const samples = Math.min(each, count - n);
      yield { offset: placeOf(chunk), samples, description };
      n += samples;
    }
    chunk = next;
  }
  if (n < count) throw new RangeError('samples have no place');
};

const places = (view: DataView, find: Find, sizes: Uint32Array): Pick<Samples, 'offsets' | 'descriptions'> => {
  const [offsets, descriptions] = [new Float64Array(sizes.length), new Uint16Array(sizes.length)];
  let n = 0;
  for (const { offset, samples, description } of chunksOf(view, find, sizes.length)) {
    let at = offset;
    for (const end = n + samples; n < end; n += 1) {
      offsets[n] = at;
      descriptions[n] = description;
      at += sizes[n] ?? 0;
    }
  }
  return { offsets, descriptions };
};

export const finder =
  (tables: readonly Box[]): Find =>
  (type) =>
    tables.find((table) => table.type === type);

/** How many samples a track claims, at no cost. Fails with `RangeError`. */
export const countSamples = (view: DataView, { tables }: TrackBoxes): number => sizesOf(view, finder(tables)).count;

/** Fails with `RangeError` where the tables do not hold together, or list more than `mostSamples`. */
export const samplesOf = (view: DataView, { tables }: TrackBoxes): Samples => {
  const find = finder(tables);
  const { count, sizes: read } = sizesOf(view, find);
  if (count > mostSamples) throw new RangeError('there are too many samples');
  const sizes = read();
  return {
    count,
    sizes,
    ...places(view, find, sizes),
    ...decodingTimes(view, find, count),
    ...compositionTimes(view, find, count),
    sync: syncSamples(view, find, count),
  };
};
