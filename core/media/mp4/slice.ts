/**
 * A stretch of one track as a small MP4 of its own: a header, and behind it the bytes of the samples. Read by FFmpeg
 * with `-copyts`, each sample is shown at its time in the index plus `sliceLeadSeconds`, in exact ticks; what the source
 * hides stays hidden.
 */
import { Failure } from '../../failures.ts';
import type { TrackIndex } from '../source-index.ts';
import { fromBase64 } from './base64.ts';
import { boxesIn } from './boxes.ts';
import { type UnitReader, unitReaderOf } from './key-pictures.ts';
import { type SliceRead, readsOf } from './reads.ts';
import { type Row, readRow, rowBytes } from './rows.ts';
import { type Chunk, nothingShown, progressiveHead, undetermined } from './write-moov.ts';

/** Added to every time, so that what is shown before the presentation's start has a time as well. */
export const sliceLeadSeconds = 10;

/** As a task holds it: core/job/plan.ts. */
export interface SliceWanted {
  readonly stream: number;
  readonly from: number | null;
  readonly to: number | null;
  readonly rows: [number, number];
}

export interface SliceFile {
  /** `ftyp`, `moov` and the start of `mdat`. */
  readonly header: Uint8Array;
  /** The file is the header and then, read after read, what is to be kept of it. */
  readonly ranges: readonly SliceRead[];
  /** Of the whole file. */
  readonly bytes: number;
  readonly samples: number;
  /** Rows of the track that it holds: the first, and the one after the last. */
  readonly rows?: readonly [number, number];
  /** Of a slice of pictures whose first one can be looked at: how to read it, and how large it is. */
  readonly starts?: { readonly reader: UnitReader; readonly bytes: number };
}

/** How many samples of sound come before the first one that is wanted: decoders need some to find their way in. */
export const soundLead = 8;

/** The last of the ascending times that is not after this one; -1 where none is. */
const lastUpTo = (times: readonly number[], time: number): number => {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? Infinity) <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
};

/**
 * Which rows tell what a slice needs; `from` and `to` are times of the index, null is the track's own start or end. What
 * is shown before a key picture may be decoded behind it, but before the next one.
 */
export const planSlice = (track: TrackIndex, from: number | null, to: number | null): SliceWanted => {
  const { rows, times } = track.syncs;
  const at = from === null ? 0 : lastUpTo(times, from) - (track.kind === 'audio' ? 1 : 0);
  const behind = to === null ? times.length : lastUpTo(times, to - 1) + 2;
  const first = at <= 0 ? 0 : (rows[at] ?? 0);
  return { stream: track.stream, from, to, rows: [first, rows[behind] ?? track.samples] };
};

const mediaBox = (boxes: Uint8Array, type: string): Uint8Array => {
  const found = boxesIn(new DataView(boxes.buffer, boxes.byteOffset, boxes.byteLength)).find(
    (box) => box.type === type,
  );
  if (!found) throw new Failure('input.corrupt', { detail: `The index of the source has no ${type}.` });
  return boxes.subarray(found.start - 8, found.end);
};

/** They lie one after another; another description starts another chunk. */
const chunksOf = (rows: readonly (Row & { readonly description?: number })[]): Chunk[] => {
  const chunks: { at: number; samples: number; description: number }[] = [];
  let at = 0;
  for (const { bytes, description = 1 } of rows) {
    const last = chunks.at(-1);
    if (last?.description === description) last.samples += 1;
    else chunks.push({ at, samples: 1, description });
    at += bytes;
  }
  return chunks;
};

const bytesOf = (rows: readonly Row[]): number => rows.reduce((sum, row) => sum + row.bytes, 0);

const rangesOf = (rows: readonly Row[]): SliceRead[] => {
  const kept: { start: number; end: number }[] = [];
  for (const { offset, bytes } of rows) {
    const last = kept.at(-1);
    if (last?.end === offset) last.end += bytes;
    else if (bytes > 0) kept.push({ start: offset, end: offset + bytes });
  }
  return readsOf(kept);
};

const largestTicks = 2 ** 31 - 1;

/**
 * At the end of a track FFmpeg lets the last sample last until all samples together have lasted (libavformat mov.c,
 * `mov_read_packet`), and counts that from 0 while the samples themselves start later.
 */
const ticksToEnd = (
  { timescale, end }: Pick<TrackIndex, 'timescale' | 'end'>,
  rows: readonly Row[],
  { sooner, ticks }: { readonly sooner: number; readonly ticks: number },
): number => {
  const span = (rows.at(-1)?.decoded ?? 0) - (rows[0]?.decoded ?? 0);
  const wanted = sliceLeadSeconds * timescale + end + sooner - span;
  return wanted > 0 && wanted <= largestTicks ? wanted : ticks;
};

/** A small MP4 of these samples, in the order of decoding. `start` and `end` bound what is shown of them. */
export const smallFile = (
  track: Pick<TrackIndex, 'kind' | 'timescale' | 'start' | 'end'> & {
    readonly tkhd: Uint8Array;
    readonly hdlr: Uint8Array;
    readonly stsd: Uint8Array;
  },
  rows: readonly (Row & { readonly description?: number })[],
  { lastTicks: ticks = 1, isEnd = false }: { readonly lastTicks?: number; readonly isEnd?: boolean } = {},
): SliceFile => {
  const { kind, timescale, start, end } = track;
  const [first] = rows;
  const shownFrom =
    kind === 'audio'
      ? Math.max(start, first?.shown ?? 0)
      : rows.reduce((least, { shown }) => (shown >= start && shown < least ? shown : least), Infinity);
  if (!first || !Number.isFinite(shownFrom))
    throw new Failure('input.corrupt', { detail: 'There is no picture where the index says that there is one.' });
  const sooner = rows.reduce((least, { shown, decoded }) => Math.min(least, shown - decoded), Infinity);
  const latest = rows.reduce((most, { shown }) => Math.max(most, shown), -Infinity);
  const lead = shownFrom + sliceLeadSeconds * timescale;
  if (lead <= 0) throw new Failure('input.corrupt', { detail: 'A picture is shown before the film starts.' });
  const lastTicks = isEnd ? ticksToEnd(track, rows, { sooner, ticks }) : ticks;
  const bytes = bytesOf(rows);
  const header = progressiveHead(
    [
      {
        kind,
        timescale,
        language: undetermined,
        tkhd: track.tkhd,
        hdlr: track.hdlr,
        stsd: track.stsd,
        sizes: rows.map((row) => row.bytes),
        decoded: rows.map(({ decoded }) => decoded - first.decoded),
        later: rows.map(({ shown, decoded }) => shown - decoded - sooner),
        lastTicks,
        sync: rows.map(({ sync }) => (sync ? 1 : 0)),
        chunks: chunksOf(rows),
        edits: [
          { ticks: lead, from: nothingShown },
          { ticks: Math.min(end, latest + lastTicks) - shownFrom, from: shownFrom - first.decoded - sooner },
        ],
      },
    ],
    timescale,
    bytes,
  );
  return { header, ranges: rangesOf(rows), bytes: header.length + bytes, samples: rows.length };
};

/** Which of the rows: the first, and the last. */
const neededOf = (track: TrackIndex, rows: readonly Row[], { from, to }: SliceWanted): [number, number] => {
  const until = Math.min(to ?? track.end, track.end);
  let [last, next, start] = [-1, Infinity, 0];
  for (const [n, { shown }] of rows.entries()) {
    if (shown < until) last = n;
    else if (shown < track.end) next = Math.min(next, shown);
    if (track.kind === 'audio' && from !== null && shown <= from) start = n;
  }
  const behind = rows.findIndex(({ shown }) => shown === next);
  return [Math.max(0, start - soundLead), Math.max(last, behind)];
};

/**
 * How long the last sample lasts: until the next one is decoded, and the last one of all for what is left of the track.
 * Filters that fill a rate look at it.
 */
const lastTicksOf = (
  track: TrackIndex,
  rows: readonly Row[],
  { first, last, isEnd }: { readonly first: number; readonly last: number; readonly isEnd: boolean },
): number => {
  const [start, end, next] = [rows[first], rows[last], rows[last + 1]];
  if (!start || !end) return 1;
  if (next) return Math.max(1, next.decoded - end.decoded);
  return isEnd ? Math.max(1, track.end - start.shown - (end.decoded - start.decoded)) : 1;
};

/** Fails with `input.corrupt` where there are more of them, or fewer. */
const parsedRows = (rows: Uint8Array, [start, end]: SliceWanted['rows']): Row[] => {
  if (rows.length !== (end - start) * rowBytes)
    throw new Failure('input.corrupt', { detail: 'The index of the source is not whole.' });
  const view = new DataView(rows.buffer, rows.byteOffset, rows.byteLength);
  return Array.from({ length: end - start }, (_, n) => readRow(view, n * rowBytes));
};

/** The samples alone, without a header. `rows` are those that `rowsRange` names. Fails with `input.corrupt` like `sliceOf`. */
export const stretchOf = (rows: Uint8Array, stretch: Pick<SliceWanted, 'rows'>): SliceFile => {
  const all = parsedRows(rows, stretch.rows);
  return { header: new Uint8Array(), ranges: rangesOf(all), bytes: bytesOf(all), samples: all.length };
};

/** `rows` are those that `rowsRange` names. Fails with `input.corrupt` where they are not this track's. */
export const sliceOf = (track: TrackIndex, rows: Uint8Array, slice: SliceWanted): SliceFile => {
  const all = parsedRows(rows, slice.rows);
  const [first, last] = neededOf(track, all, slice);
  const boxes = fromBase64(track.boxes);
  const [tkhd, hdlr, stsd] = [mediaBox(boxes, 'tkhd'), mediaBox(boxes, 'hdlr'), mediaBox(boxes, 'stsd')];
  const isEnd = slice.rows[1] === track.samples && last === all.length - 1;
  const lastTicks = lastTicksOf(track, all, { first, last, isEnd });
  const reader = track.kind === 'video' ? unitReaderOf(stsd) : undefined;
  return {
    ...smallFile({ ...track, tkhd, hdlr, stsd }, all.slice(first, last + 1), {
      lastTicks,
      isEnd: isEnd && track.kind === 'video',
    }),
    rows: [slice.rows[0] + first, slice.rows[0] + last + 1],
    ...(reader && { starts: { reader, bytes: all[first]?.bytes ?? 0 } }),
  };
};

/** What is kept of the bytes that a read brought. */
export const keptOf = (read: SliceRead, bytes: Uint8Array): Uint8Array[] =>
  read.keep.map(({ start, end }) => bytes.subarray(start - read.start, end - read.start));
