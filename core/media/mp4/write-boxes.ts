/** Boxes of an MP4 file, written: ISO/IEC 14496-12, section 4.2. */

export const concat = (parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Big-endian; negative numbers as their two's complement. */
export const u32 = (numbers: ArrayLike<number>): Uint8Array => {
  const bytes = new Uint8Array(4 * numbers.length);
  const view = viewOf(bytes);
  for (let n = 0; n < numbers.length; n += 1) view.setUint32(4 * n, numbers[n] ?? 0);
  return bytes;
};

/** Whole numbers up to 2^53. */
export const u64 = (numbers: ArrayLike<number>): Uint8Array => {
  const bytes = new Uint8Array(8 * numbers.length);
  const view = viewOf(bytes);
  for (let n = 0; n < numbers.length; n += 1) view.setBigInt64(8 * n, BigInt(numbers[n] ?? 0));
  return bytes;
};

export const letters = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.codePointAt(0) ?? 0);

export const box = (type: string, ...parts: readonly Uint8Array[]): Uint8Array => {
  const inside = parts.reduce((sum, { length }) => sum + length, 0);
  return concat([u32([8 + inside]), letters(type), ...parts]);
};

/** A box whose content starts with a version and flags. */
export const fullBox = (type: string, version: number, flags: number, ...parts: readonly Uint8Array[]): Uint8Array =>
  box(type, u32([version * 2 ** 24 + flags]), ...parts);

/** The start of an `mdat` of so many bytes, with the wide length where a narrow one does not do. */
export const mdatHeader = (bytes: number): Uint8Array =>
  bytes + 8 < 2 ** 32
    ? concat([u32([bytes + 8]), letters('mdat')])
    : concat([u32([1]), letters('mdat'), u64([bytes + 16])]);
