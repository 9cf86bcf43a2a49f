/** Refuses by their first bytes what no demuxer of ours should ever be asked about. The name of a file says nothing. */

/** How many bytes `whyNotMedia` wants to see; fewer where the file is smaller. */
export const magicBytes = 1024;

const signatures: readonly (readonly [string, string])[] = [
  ['%PDF-', 'a PDF document'],
  ['PK\u0003\u0004', 'a zip archive or an office document'],
  ['\u007fELF', 'a program'],
  ['MZ', 'a program'],
  ['\u001f\u008b', 'a compressed archive'],
  ['7z\u00bc\u00af', 'an archive'],
  ['Rar!', 'an archive'],
];

/** Text that FFmpeg would take for a list of other files to open, or render as a picture. */
const textKinds: readonly (readonly [RegExp, string])[] = [
  [/^#EXTM3U/i, 'an HLS playlist'],
  [/^ffconcat/i, 'a concat list'],
  [/^<[\s\S]*<mpd\b|^<mpd\b/i, 'a DASH manifest'],
  [/^<[\s\S]*<svg\b|^<svg\b/i, 'an SVG drawing'],
  [/^</, 'an XML or HTML document'],
  [/^#!/, 'a script'],
  [/^v=0\r?\n/, 'an SDP description'],
  [/^[[{]/, 'a JSON document'],
  [/^WEBVTT|^\[Script Info\]/i, 'subtitles without a picture'],
];

/** Bytes that occur in text: tab, line feed, form feed, carriage return, printable ASCII and UTF-8. */
const isTextByte = (byte: number): boolean =>
  byte === 9 || byte === 10 || byte === 12 || byte === 13 || (byte >= 32 && byte !== 127);

/** UTF-16 counts as text too: every second byte of it is zero. */
const looksLikeText = (head: Uint8Array): boolean => {
  const utf16 = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  return head.subarray(0, magicBytes).every((byte) => isTextByte(byte) || (utf16 && byte === 0));
};

/**
 * In plain words what the file is instead of media; undefined where it may be media. Text is refused as a whole, known
 * or not: every container of ours has bytes below 32 within its first kilobyte.
 */
export const whyNotMedia = (head: Uint8Array): string | undefined => {
  if (head.length === 0) return 'an empty file';
  const latin = String.fromCharCode(...head.subarray(0, magicBytes));
  const known = signatures.find(([signature]) => latin.startsWith(signature));
  if (known) return known[1];
  const text = latin.replace(/^(?:\u00ef\u00bb\u00bf|\u00ff\u00fe|\u00fe\u00ff)/, '').replaceAll('\0', '');
  const kind = textKinds.find(([pattern]) => pattern.test(text.trimStart()));
  if (kind) return kind[1];
  return looksLikeText(head) ? 'a text file' : undefined;
};
