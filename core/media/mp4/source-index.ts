/** The index of a source, from its `moov` alone: what a plan needs to cut it, and where each sample lies. */
import type { SourceIndex, TrackIndex } from '../source-index.ts';
import { boxHeader } from './boxes.ts';
import { lookBytes, unitReaderOf, wholeAfter } from './key-pictures.ts';
import { parseMovie } from './moov.ts';
import { rowBytes } from './rows.ts';
import { concat } from './write-boxes.ts';
import { indexTrack, type LookAtKeys } from './track-index.ts';

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
  const tracks: TrackIndex[] = [];
  const rows: Uint8Array[] = [];
  const [view, look] = [viewOf(moov), lookIn(file)];
  let firstRow = 0;
  for (const boxes of movie.tracks) {
    const indexed = boxes && (await indexTrack(view, movie, boxes, { fileBytes: file.bytes, firstRow, look }));
    if (!indexed) continue;
    tracks.push(indexed.track);
    rows.push(indexed.rows);
    firstRow += indexed.rows.length / rowBytes;
  }
  return { index: { version: 1, tracks }, rows: concat(rows) };
};
