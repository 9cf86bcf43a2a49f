/**
 * Whether what a file calls a sync sample is a picture that stands alone: H.264 files list recovery points among them,
 * from which the picture is only built up again (intra refresh). Its first bytes tell: ITU-T H.264 and H.265, 7.3 and
 * annex D; in a file each unit is led by its length (ISO/IEC 14496-15).
 */
import { boxAt, boxesIn } from './boxes.ts';

/** How a track's samples are to be read; undefined where their sync samples are taken at their word. */
export interface UnitReader {
  readonly codec: 'h264' | 'h265';
  readonly lengthBytes: number;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const entryHead = 78;

/** From a whole `stsd`. */
export const unitReaderOf = (stsd: Uint8Array): UnitReader | undefined => {
  const view = viewOf(stsd);
  const [entry] = boxesIn(view, 16);
  if (!entry) return undefined;
  const avc = boxAt(view, 'avcC', entry.start + entryHead, entry.end);
  if (avc && avc.end - avc.start >= 7) return { codec: 'h264', lengthBytes: (view.getUint8(avc.start + 4) & 3) + 1 };
  const hevc = boxAt(view, 'hvcC', entry.start + entryHead, entry.end);
  if (hevc && hevc.end - hevc.start >= 23)
    return { codec: 'h265', lengthBytes: (view.getUint8(hevc.start + 21) & 3) + 1 };
  return undefined;
};

/** Bits of a unit's payload: the bytes that keep start codes out (0x03 after two zeros) are left out. */
const bitsOf = (unit: Uint8Array) => {
  const bytes = unit.filter((byte, n) => !(byte === 3 && unit[n - 1] === 0 && unit[n - 2] === 0));
  let at = 0;
  const bit = (): number => {
    const byte = bytes[at >> 3] ?? 0;
    at += 1;
    return (byte >> (7 - ((at - 1) & 7))) & 1;
  };
  /** Exp-Golomb, 9.1. */
  const unsigned = (): number => {
    let zeros = 0;
    while (bit() === 0 && zeros < 31) zeros += 1;
    let value = 1;
    for (let n = 0; n < zeros; n += 1) value = value * 2 + bit();
    return value - 1;
  };
  const byte = (): number => {
    at += 8;
    return bytes[(at >> 3) - 1] ?? 0;
  };
  return { unsigned, byte, seek: (bits: number) => (at = bits), position: () => at, left: () => bytes.length * 8 - at };
};

const recoveryPoint = 6;

/** SEI messages, 7.3.2.3.1: the number of pictures after which the picture is whole again. */
const recoveryIn = (unit: Uint8Array): number | undefined => {
  const bits = bitsOf(unit.subarray(1));
  const number = (): number => {
    let sum = 0;
    let byte = bits.byte();
    for (; byte === 255 && bits.left() > 0; byte = bits.byte()) sum += 255;
    return sum + byte;
  };
  while (bits.left() > 16) {
    const [type, size] = [number(), number()];
    const start = bits.position();
    if (type === recoveryPoint) return bits.unsigned();
    bits.seek(start + size * 8);
  }
  return undefined;
};

/** `I` slices, 7.4.3: with the fives added where all slices of the picture are of one type. */
const isIntra = (unit: Uint8Array): boolean => {
  const bits = bitsOf(unit.subarray(1, 33));
  bits.unsigned();
  return [2, 4].includes(bits.unsigned() % 5);
};

/** Enough of a sample to see what it starts with. */
export const lookBytes = 4_096;

const [slice, sliceA, idr, sei] = [1, 2, 5, 6];
const [firstIrap, lastIrap, lastPicture] = [16, 23, 31];

/**
 * After how many pictures the picture is whole: 0 of a key picture, null where it is none at all. Undefined where the
 * bytes, the first of the sample, do not reach as far as its picture.
 */
export const wholeAfter = ({ codec, lengthBytes }: UnitReader, sample: Uint8Array): number | null | undefined => {
  const view = viewOf(sample);
  let recovery: number | undefined;
  for (let at = 0; at + lengthBytes < sample.length; ) {
    let length = 0;
    for (let n = 0; n < lengthBytes; n += 1) length = length * 256 + view.getUint8(at + n);
    const unit = sample.subarray(at + lengthBytes, at + lengthBytes + length);
    at += lengthBytes + length;
    const first = unit[0] ?? 0;
    if (codec === 'h265') {
      const type = (first >> 1) & 63;
      if (type <= lastPicture) return type >= firstIrap && type <= lastIrap ? 0 : null;
    } else {
      const type = first & 31;
      if (type === idr) return 0;
      if (type === sei) recovery ??= recoveryIn(unit);
      if (type === slice || type === sliceA) return recovery ?? (isIntra(unit) ? 0 : null);
    }
  }
  return undefined;
};
