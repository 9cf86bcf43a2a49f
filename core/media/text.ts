/** By its byte order mark; UTF-8 without one. What is no text in it becomes U+FFFD, or throws where `strict`. */
export const decodeText = (bytes: Uint8Array, strict = false): string => {
  const [first, second] = bytes;
  const utf16 =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
  return new TextDecoder(utf16 ?? 'utf-8', { fatal: strict }).decode(bytes);
};
