/** Which bytes of a source show what its codecs are: the first samples of each track. */
import type { TrackIndex } from '../source-index.ts';
import { type SliceRead, readsOf } from './reads.ts';
import { readRow, rowBytes } from './rows.ts';

/** FFmpeg looks at twenty pictures to tell a rate, and at no more bytes than that. */
const most = { samples: 64, bytes: 8_000_000 } as const;

/** `rows` are those of all tracks. */
export const firstSamples = (tracks: readonly TrackIndex[], rows: Uint8Array): SliceRead[] => {
  const view = new DataView(rows.buffer, rows.byteOffset, rows.byteLength);
  const kept = tracks
    .filter(({ refused }) => refused === null)
    .flatMap(({ firstRow, samples }) => {
      const ranges: { start: number; end: number }[] = [];
      let left: number = most.bytes;
      for (let n = 0; n < Math.min(samples, most.samples) && left > 0; n += 1) {
        const { offset, bytes } = readRow(view, (firstRow + n) * rowBytes);
        ranges.push({ start: offset, end: offset + Math.min(bytes, left) });
        left -= bytes;
      }
      return ranges;
    });
  return readsOf(kept.toSorted((a, b) => a.start - b.start));
};
