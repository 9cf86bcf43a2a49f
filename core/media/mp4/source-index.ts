/** The index of a source, from its `moov` alone: what a plan needs to cut it, and where each sample lies. */
import type { SourceIndex, TrackIndex } from '../source-index.ts';
import { boxHeader } from './boxes.ts';
import { lookBytes, unitReaderOf, wholeAfter } from './key-pictures.ts';
import { parseMovie } from './moov.ts';
import { offsetAt, rowBytes } from './rows.ts';
import { concat } from './write-boxes.ts';
import { type IndexedTrack, indexTrack, type LookAtKeys } from './track-index.ts';

/** A file that is read by byte ranges: from `start` up to but without `end`. */
export interface RangedFile {
  readonly bytes: number;
  readonly read: (start: number, end: number) => Promise<Uint8Array>;
}

const windowBytes = 65_536;
/** Ten hours need 37 MB. */
const mostMoov = 256 * 2 ** 20;
/** What comes before `moov` in any file that anybody writes is less. */
const mostHops = 64;

/** What an MP4 or a MOV file starts with. */
const firstTypes: ReadonlySet<string> = new Set(['ftyp', 'moov', 'mdat', 'wide', 'free', 'skip', 'pnot']);

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Hops from box to box. Mostly one or two reads: the first window, and the end of the file. */
const findMoov = async ({ bytes, read }: RangedFile): Promise<Uint8Array | undefined> => {
  let window = { start: 0, bytes: await read(0, Math.min(bytes, windowBytes)) };
  let at = 0;
  for (let hop = 0; hop < mostHops && at + 16 <= bytes; hop += 1) {
    if (at + 16 > window.start + window.bytes.length)
      window = { start: at, bytes: await read(at, Math.min(bytes, at + windowBytes)) };
    const header = boxHeader(viewOf(window.bytes), at - window.start);
    if (!header || (hop === 0 && !firstTypes.has(header.type))) return undefined;
    if (header.type === 'moov') {
      const end = at + header.bytes;
      if (header.bytes > mostMoov || end > bytes) return undefined;
      const had = window.bytes.subarray(at - window.start, end - window.start);
      return had.length === header.bytes ? had : concat([had, await read(at + had.length, end)]);
    }
    at += header.bytes;
  }
  return undefined;
};

const lookIn =
  ({ read }: RangedFile): LookAtKeys =>
  async (stsd, places) => {
    const reader = unitReaderOf(stsd);
    if (!reader) return 0;
    const counts = await Promise.all(
      places.map(async ({ start, end }) => wholeAfter(reader, await read(start, Math.min(end, start + lookBytes)))),
    );
    return counts.includes(null) ? null : Math.max(0, ...counts.map((count) => count ?? 0));
  };

/** `between` of a track of sound: undefined where its samples lie in another order than they are heard. */
const betweenPictures = (picture: IndexedTrack, sound: IndexedTrack): number[] | undefined => {
  const [pictures, samples] = [viewOf(picture.rows), viewOf(sound.rows)];
  const { samples: count } = sound.track;
  for (let n = 1; n < count; n += 1) if (offsetAt(samples, n) < offsetAt(samples, n - 1)) return undefined;
  const offsets = picture.track.syncs.rows.map((row) => offsetAt(pictures, row));
  // Pictures may lie in any order.
  let behind = 0;
  return offsets.map((offset) => {
    while (behind > 0 && offsetAt(samples, behind - 1) > offset) behind -= 1;
    while (behind < count && offsetAt(samples, behind) < offset) behind += 1;
    return behind;
  });
};

/** With what takes two tracks to tell. */
const told = (tracks: readonly IndexedTrack[]): TrackIndex[] => {
  const picture = tracks.find(({ track }) => track.kind === 'video' && track.refused === null);
  return tracks.map((each) => {
    if (!picture || each.track.kind !== 'audio' || each.track.refused !== null) return each.track;
    const between = betweenPictures(picture, each);
    return between ? { ...each.track, between } : each.track;
  });
};

/**
 * Undefined where there is nothing to index: another container, or a fragmented MP4, whose samples are listed all over
 * the file. Never fails because of what the file holds: a track that does not hold together is `refused` and has no
 * rows. Only what `read` fails with comes through.
 */
export const readSourceIndex = async (
  file: RangedFile,
): Promise<{ readonly index: Omit<SourceIndex, 'rows'>; readonly rows: Uint8Array } | undefined> => {
  const moov = await findMoov(file);
  const movie = moov && parseMovie(viewOf(moov));
  if (!movie || movie.fragmented || movie.coverFirst) return undefined;
  const tracks: IndexedTrack[] = [];
  const [view, look] = [viewOf(moov), lookIn(file)];
  let firstRow = 0;
  for (const boxes of movie.tracks) {
    const indexed = boxes && (await indexTrack(view, movie, boxes, { fileBytes: file.bytes, firstRow, look }));
    if (!indexed) continue;
    tracks.push(indexed);
    firstRow += indexed.rows.length / rowBytes;
  }
  return { index: { version: 1, tracks: told(tracks) }, rows: concat(tracks.map(({ rows }) => rows)) };
};
