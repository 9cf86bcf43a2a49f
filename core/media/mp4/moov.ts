/**
 * What a `moov` says of its tracks and their samples (ISO/IEC 14496-12, 8.2 to 8.7). A file is whatever somebody sent:
 * no table is believed to be longer than its box, and what does not hold together is a `RangeError`, as `DataView` says
 * it of what ends too early.
 */
import { boxAt, boxesIn, type Box } from './boxes.ts';
import { box } from './write-boxes.ts';

export interface Edit {
  /** In ticks of the movie. */
  readonly ticks: number;
  /** In ticks of the track; -1 where nothing is shown. */
  readonly from: number;
  readonly rate: number;
}

export interface TrackBoxes {
  /** Its place among the tracks, which is how ffprobe counts the streams. */
  readonly place: number;
  readonly kind: 'video' | 'audio' | undefined;
  readonly timescale: number;
  readonly language: number;
  /** Whole boxes. */
  readonly tkhd: Uint8Array;
  readonly hdlr: Uint8Array;
  readonly stsd: Uint8Array;
  readonly edits: readonly Edit[];
  /** Whether its samples lie in this file. */
  readonly selfContained: boolean;
  readonly tables: readonly Box[];
}

export interface Movie {
  readonly timescale: number;
  /** How long it says that it lasts. */
  readonly ticks: number;
  readonly fragmented: boolean;
  /** True where pictures of the album come before tracks: ffprobe counts them as streams. */
  readonly coverFirst: boolean;
  /** Undefined in the place of a track that does not hold together. */
  readonly tracks: readonly (TrackBoxes | undefined)[];
}

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

const text = (view: DataView, at: number): string =>
  String.fromCodePoint(...[0, 1, 2, 3].map((n) => view.getUint8(at + n)));

/** Nothing that describes a track is larger: it would be copied into the header of every slice. */
const mostDescription = 65_536;

const whole = (view: DataView, { type, start, end }: Box): Uint8Array => {
  if (end - start > mostDescription) throw new RangeError(`${type} is too large`);
  return box(type, new Uint8Array(view.buffer, view.byteOffset + start, end - start));
};

const headers = (view: DataView, { start }: Box): { timescale: number; language: number } => {
  const at = start + (view.getUint8(start) === 1 ? 20 : 12);
  const wide = view.getUint8(start) === 1 ? 8 : 4;
  return { timescale: view.getUint32(at), language: view.getUint16(at + 4 + wide) };
};

/** How many entries a table has: what it says, if its box is large enough for them. */
const entriesOf = (view: DataView, { start, end }: Box, bytes: number, head = 8): number => {
  const count = view.getUint32(start + head - 4);
  if (start + head + count * bytes > end) throw new RangeError('a table claims more than its box holds');
  return count;
};

const editsOf = (view: DataView, list: Box | undefined): Edit[] => {
  if (!list) return [];
  const wide = view.getUint8(list.start) === 1;
  const bytes = wide ? 20 : 12;
  return Array.from({ length: Math.min(entriesOf(view, list, bytes), 64) }, (_, n) => {
    const at = list.start + 8 + n * bytes;
    return wide
      ? { ticks: Number(view.getBigUint64(at)), from: Number(view.getBigInt64(at + 8)), rate: view.getInt32(at + 16) }
      : { ticks: view.getUint32(at), from: view.getInt32(at + 4), rate: view.getInt32(at + 8) };
  });
};

/** Flag 1 of each entry: the samples lie in the same file. */
const isSelfContained = (view: DataView, references: Box | undefined): boolean =>
  !references ||
  boxesIn(view, references.start + 8, references.end).every(({ start }) => (view.getUint32(start) & 1) === 1);

const kinds: Readonly<Record<string, TrackBoxes['kind']>> = { vide: 'video', soun: 'audio' };

const trackOf = (view: DataView, { start, end }: Box, place: number): TrackBoxes | undefined => {
  try {
    const need = (path: string): Box => {
      const found = boxAt(view, path, start, end);
      if (!found) throw new RangeError(`there is no ${path}`);
      return found;
    };
    const [header, media, handler, description] = [
      need('tkhd'),
      need('mdia/mdhd'),
      need('mdia/hdlr'),
      need('mdia/minf/stbl/stsd'),
    ];
    const tables = need('mdia/minf/stbl');
    return {
      place,
      kind: kinds[text(view, handler.start + 8)],
      ...headers(view, media),
      tkhd: whole(view, header),
      hdlr: whole(view, handler),
      stsd: whole(view, description),
      edits: editsOf(view, boxAt(view, 'edts/elst', start, end)),
      selfContained: isSelfContained(view, boxAt(view, 'mdia/minf/dinf/dref', start, end)),
      tables: boxesIn(view, tables.start, tables.end),
    };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
};

const mostTracks = 256;

/** Whether the four letters stand anywhere in the box: it is not worth knowing how such lists are nested. */
const mentions = (view: DataView, { start, end }: Box, letters: string): boolean => {
  const [first] = Uint8Array.from(letters, (letter) => letter.codePointAt(0) ?? 0);
  for (let at = start; at + 4 <= end; at += 1)
    if (view.getUint8(at) === first && text(view, at) === letters) return true;
  return false;
};

/** From a whole `moov` box. Undefined where there is nothing to read in it. */
export const parseMovie = (view: DataView): Movie | undefined => {
  const [movie] = boxesIn(view);
  const inside = movie?.type === 'moov' ? boxesIn(view, movie.start, movie.end) : [];
  const header = inside.find(({ type }) => type === 'mvhd');
  const tracks = inside.filter(({ type }) => type === 'trak');
  if (!header || header.end - header.start < 32 || tracks.length === 0 || tracks.length > mostTracks) return undefined;
  const firstTrack = inside.findIndex(({ type }) => type === 'trak');
  return {
    timescale: headers(view, header).timescale,
    ticks:
      view.getUint8(header.start) === 1
        ? Number(view.getBigUint64(header.start + 24))
        : view.getUint32(header.start + 16),
    fragmented: inside.some(({ type }) => type === 'mvex'),
    coverFirst: inside.slice(0, firstTrack).some((each) => mentions(view, each, 'covr')),
    tracks: tracks.map((track, place) => trackOf(view, track, place)),
  };
};

type Find = (type: string) => Box | undefined;

/** `stsz`, or `stz2` with its sizes of 4, 8 or 16 bits. */
const sizesOf = (view: DataView, find: Find): { count: number; sizes: () => Uint32Array } => {
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

/** Chunk after chunk, as `stsc` says how many samples each has. */
const places = (view: DataView, find: Find, sizes: Uint32Array): Pick<Samples, 'offsets' | 'descriptions'> => {
  const [toChunk, narrow, wide] = [find('stsc'), find('stco'), find('co64')];
  const table = narrow ?? wide;
  if (!toChunk || !table) throw new RangeError('there are no places');
  const chunks = entriesOf(view, table, narrow ? 4 : 8);
  const placeOf = (n: number): number =>
    narrow ? view.getUint32(table.start + 8 + 4 * n) : Number(view.getBigUint64(table.start + 8 + 8 * n));
  const [offsets, descriptions] = [new Float64Array(sizes.length), new Uint16Array(sizes.length)];
  const entries = entriesOf(view, toChunk, 12);
  let [n, chunk] = [0, 0];
  for (let entry = 0; entry < entries; entry += 1) {
    const at = toChunk.start + 8 + 12 * entry;
    const next = entry + 1 < entries ? view.getUint32(at + 12) - 1 : chunks;
    if (view.getUint32(at) - 1 !== chunk || next < chunk || next > chunks)
      throw new RangeError('chunks are out of order');
    const [each, description] = [view.getUint32(at + 4), view.getUint32(at + 8)];
    for (; chunk < next && n < sizes.length; chunk += 1) {
      let offset = placeOf(chunk);
      for (const end = Math.min(sizes.length, n + each); n < end; n += 1) {
        offsets[n] = offset;
        descriptions[n] = description;
        offset += sizes[n] ?? 0;
      }
    }
    chunk = next;
  }
  if (n < sizes.length) throw new RangeError('samples have no place');
  return { offsets, descriptions };
};

const finder =
  (tables: readonly Box[]): Find =>
  (type) =>
    tables.find((table) => table.type === type);

/** How many samples a track claims, at no cost. Fails with `RangeError`. */
export const countSamples = (view: DataView, { tables }: TrackBoxes): number => sizesOf(view, finder(tables)).count;

/** True of sound whose every single value is a sample: FFmpeg reads it in blocks of its own choice. */
export const isSingleValues = (view: DataView, { kind, tables }: TrackBoxes): boolean => {
  const times = tables.find(({ type }) => type === 'stts');
  return kind === 'audio' && !!times && entriesOf(view, times, 8) === 1 && view.getUint32(times.start + 12) === 1;
};

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
