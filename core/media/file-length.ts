/** How long a film is that FFmpeg wrote, from its first bytes. */

/** Enough for what comes before the length. */
export const lengthBytes = 4096;

const indexOf = (bytes: Uint8Array, wanted: readonly number[]): number => {
  for (let at = 0; at + wanted.length <= bytes.length; at += 1) {
    if (wanted.every((byte, n) => bytes[at + n] === byte)) return at;
  }
  return -1;
};

/** `moov` lies at the start, and `mvhd` at its start. ISO/IEC 14496-12, 8.2.2. */
const inMp4 = (bytes: Uint8Array): number | undefined => {
  const at = indexOf(bytes, [0x6d, 0x76, 0x68, 0x64]) + 4;
  if (at < 8 || at + 32 > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at);
  const [scale, length] =
    view.getUint8(0) === 1
      ? [view.getUint32(20), Number(view.getBigUint64(24))]
      : [view.getUint32(12), view.getUint32(16)];
  return scale > 0 ? length / scale : undefined;
};

/** `Duration`, a number of eight bytes, in milliseconds. RFC 9559, 5.1.2.10. */
const inMatroska = (bytes: Uint8Array): number | undefined => {
  const at = indexOf(bytes, [0x44, 0x89, 0x88]) + 3;
  if (at < 3 || at + 8 > bytes.length) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset + at).getFloat64(0) / 1000;
};

/** Seconds; undefined where the bytes do not tell. */
export const lengthIn = (head: Uint8Array): number | undefined => inMp4(head) ?? inMatroska(head);
