/**
 * Sound that is stored value by value (PCM): every value of all channels is a sample, tens of thousands each second. FFmpeg
 * reads it in blocks of its own choice, so an index may do that as well.
 */
import { entriesOf } from './boxes.ts';
import type { TrackBoxes } from './moov.ts';
import { chunksOf, finder, type Samples, sizesOf } from './samples.ts';

/** Values of a block; a chunk is cut into as many as it takes. */
const blockValues = 4096;
/** Ten hours of 192,000 values a second have fewer. */
const mostBlocks = 2_000_000;

/** True where nothing but values is stored: one run of times, each of one tick. */
export const isSingleValues = (view: DataView, { kind, tables }: TrackBoxes): boolean => {
  const times = tables.find(({ type }) => type === 'stts');
  return kind === 'audio' && !!times && entriesOf(view, times, 8) === 1 && view.getUint32(times.start + 12) === 1;
};

/** Where the one entry of `stsd` tells what (QuickTime File Format, "Sound Sample Descriptions", versions 0 to 2). */
const at = { version: 32, channels: 40, bits: 42, bytesOfFrame: { 1: 60, 2: 80 } } as const;

/** Bytes of one value of all channels, as the description tells; 0 where it does not. */
const valueBytes = (stsd: Uint8Array): number => {
  const view = new DataView(stsd.buffer, stsd.byteOffset, stsd.byteLength);
  const version = view.getUint16(at.version);
  if (version === 0) return view.getUint16(at.channels) * (view.getUint16(at.bits) >> 3);
  return version === 1 || version === 2 ? view.getUint32(at.bytesOfFrame[version]) : 0;
};

/**
 * Blocks as if each were a sample. Undefined where descriptions and sizes do not agree on what a value is: it is no PCM.
 * Fails with `RangeError` where the tables do not hold together.
 */
export const blocksOf = (view: DataView, { stsd, tables }: TrackBoxes): Samples | undefined => {
  const find = finder(tables);
  const sizes = find('stsz');
  const bytes = sizes ? view.getUint32(sizes.start + 4) : 0;
  if (bytes === 0 || bytes !== valueBytes(stsd)) return undefined;
  const blocks: { offset: number; size: number; decoded: number; description: number }[] = [];
  let decoded = 0;
  let lastTicks = 0;
  for (const { offset, samples, description } of chunksOf(view, find, sizesOf(view, find).count)) {
    if (blocks.length + samples / blockValues > mostBlocks) throw new RangeError('there are too many samples');
    for (let first = 0; first < samples; first += blockValues) {
      lastTicks = Math.min(blockValues, samples - first);
      blocks.push({ offset: offset + first * bytes, size: lastTicks * bytes, decoded, description });
      decoded += lastTicks;
    }
  }
  const count = blocks.length;
  return {
    count,
    offsets: Float64Array.from(blocks, ({ offset }) => offset),
    sizes: Uint32Array.from(blocks, ({ size }) => size),
    decoded: Float64Array.from(blocks, (block) => block.decoded),
    later: new Int32Array(count),
    sync: new Uint8Array(count).fill(1),
    descriptions: Uint16Array.from(blocks, ({ description }) => description),
    lastTicks,
    shift: 0,
  };
};
