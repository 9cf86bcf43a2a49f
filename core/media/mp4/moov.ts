/**
 * What a `moov` says of its tracks and their samples (ISO/IEC 14496-12, 8.2 to 8.7). A file is whatever somebody sent:
 * no table is believed to be longer than its box, and what does not hold together is a `RangeError`, as `DataView` says
 * it of what ends too early.
 */
import { boxAt, boxesIn, type Box, entriesOf } from './boxes.ts';
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
