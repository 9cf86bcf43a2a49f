/** The object with the rows of a source index: 20 bytes a sample, in the order of decoding, one track after another. */
import type { TrackIndex } from '../source-index.ts';

/**
 * Big-endian: 6 bytes where the sample lies in the file; 4 bytes its size, the highest bit set where decoding can start
 * with it; 6 bytes when it is decoded (signed, ticks of the presentation); 4 bytes how much later it is shown (signed).
 */
export const rowBytes = 20;

/** From `start` up to but without `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface Row {
  readonly offset: number;
  readonly bytes: number;
  readonly sync: boolean;
  readonly decoded: number;
  readonly shown: number;
}

/** Where the rows of a slice lie in the object with the rows. */
export const rowsRange = (
  track: Pick<TrackIndex, 'firstRow'>,
  slice: { readonly rows: readonly [number, number] },
): ByteRange => ({
  start: (track.firstRow + slice.rows[0]) * rowBytes,
  end: (track.firstRow + slice.rows[1]) * rowBytes,
});

const syncBit = 0x8000_0000;
const word = 2 ** 32;

export const largestSample = syncBit - 1;
/** Of offsets and of times alike: more than a century of ticks, and more bytes than any store keeps. */
export const largestNumber = 2 ** 47 - 1;

export const writeRow = (view: DataView, at: number, row: Row): void => {
  view.setUint16(at, Math.floor(row.offset / word));
  view.setUint32(at + 2, row.offset % word);
  view.setUint32(at + 6, row.bytes + (row.sync ? syncBit : 0));
  const high = Math.floor(row.decoded / word);
  view.setInt16(at + 10, high);
  view.setUint32(at + 12, row.decoded - high * word);
  view.setInt32(at + 16, row.shown - row.decoded);
};

/** Where the sample of row `n` lies in the source. */
export const offsetAt = (view: DataView, n: number): number =>
  view.getUint16(n * rowBytes) * word + view.getUint32(n * rowBytes + 2);

/** How large it is. */
export const sizeAt = (view: DataView, n: number): number => view.getUint32(n * rowBytes + 6) % syncBit;

export const readRow = (view: DataView, at: number): Row => {
  const size = view.getUint32(at + 6);
  const decoded = view.getInt16(at + 10) * word + view.getUint32(at + 12);
  return {
    offset: view.getUint16(at) * word + view.getUint32(at + 2),
    bytes: size % syncBit,
    sync: size >= syncBit,
    decoded,
    shown: decoded + view.getInt32(at + 16),
  };
};
