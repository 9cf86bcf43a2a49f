/**
 * What the head of a rendition (its initialization segment) says of its one track. Offsets are those of
 * ISO/IEC 14496-12 (boxes, sample entries), 14496-15 (`avcC`) and 14496-1 (`esds`).
 */
import { boxAt, boxesIn } from './boxes.ts';

export type Head = {
  /** Ticks per second. */
  readonly timescale: number;
  /** As RFC 6381 writes it: `avc1.64001f`, `mp4a.40.2`. */
  readonly codecs: string;
} & (
  | { readonly kind: 'video'; readonly width: number; readonly height: number }
  | { readonly kind: 'audio'; readonly channels: number; readonly sampleRate: number }
);

const hex = (value: number): string => value.toString(16).padStart(2, '0');

/** Versions 0 and 1 of `mdhd` differ in how wide its times are. */
const timescaleOf = (view: DataView, start: number): number =>
  view.getUint32(start + (view.getUint8(start) === 1 ? 20 : 12));

/** A descriptor's tag, and where what it holds starts: its length takes one to four bytes (14496-1, 8.3.3). */
const descriptorAt = (view: DataView, at: number): { tag: number; start: number } => {
  let start = at + 1;
  while (view.getUint8(start) & 0x80) start += 1;
  return { tag: view.getUint8(at), start: start + 1 };
};

/**
 * Out of ES_Descriptor › DecoderConfigDescriptor › AudioSpecificConfig (14496-3, 1.6.2.1): five bits of object type, four
 * of rate, four of channels. The sample entry says 2 channels whatever there are.
 */
const aacOf = (view: DataView, start: number): { codecs: string; channels: number } | undefined => {
  const stream = descriptorAt(view, start + 4);
  // ES_ID and flags: our muxer sets no optional fields.
  const decoder = descriptorAt(view, stream.start + 3);
  const specific = descriptorAt(view, decoder.start + 13);
  if (stream.tag !== 3 || decoder.tag !== 4 || specific.tag !== 5) return undefined;
  const config = view.getUint16(specific.start);
  const codecs = `mp4a.${hex(view.getUint8(decoder.start))}.${config >> 11}`;
  return { codecs, channels: (config >> 3) & 0xf };
};

const fromEntry = (view: DataView, stsd: { start: number; end: number }, timescale: number): Head | undefined => {
  const entry = boxesIn(view, stsd.start + 8, stsd.end)[0];
  if (entry?.type === 'avc1') {
    const config = boxAt(view, 'avcC', entry.start + 78, entry.end);
    if (!config) return undefined;
    const codecs = `avc1.${[1, 2, 3].map((n) => hex(view.getUint8(config.start + n))).join('')}`;
    const [width, height] = [view.getUint16(entry.start + 24), view.getUint16(entry.start + 26)];
    return { kind: 'video', timescale, codecs, width, height };
  }
  if (entry?.type !== 'mp4a') return undefined;
  const esds = boxAt(view, 'esds', entry.start + 28, entry.end);
  const aac = esds && aacOf(view, esds.start);
  return aac && { kind: 'audio', timescale, ...aac, sampleRate: view.getUint16(entry.start + 24) };
};

/** DataView's word for a file that ends too early. */
const whole = <T>(read: () => T | undefined): T | undefined => {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
};

/** Of a whole `stsd` box. Undefined where it describes no H.264 or AAC track, or more than one. */
export const parseDescriptions = (stsd: Uint8Array, timescale: number): Head | undefined => {
  const view = new DataView(stsd.buffer, stsd.byteOffset, stsd.byteLength);
  return whole(() =>
    view.getUint32(12) === 1 ? fromEntry(view, { start: 8, end: stsd.length }, timescale) : undefined,
  );
};

/** Undefined where it is no head of an H.264 or AAC track. */
export const parseHead = (bytes: Uint8Array): Head | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return whole(() => {
    const media = boxAt(view, 'moov/trak/mdia');
    const times = media && boxAt(view, 'mdhd', media.start, media.end);
    const entries = media && boxAt(view, 'minf/stbl/stsd', media.start, media.end);
    return times && entries && fromEntry(view, entries, timescaleOf(view, times.start));
  });
};
