/** What a description of sound says of its bits a second, which differ from piece to piece of one and the same encoding. */
import { boxAt, boxesIn } from './boxes.ts';

/** What comes before the boxes of an entry of sound (ISO/IEC 14496-12, 12.2.3). */
const entryHead = 28;
const [elementary, configuration] = [3, 4];

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Where the content of a descriptor starts that has this tag (ISO/IEC 14496-1, 7.2.2); its length takes up to four bytes. */
const contentOf = (view: DataView, at: number, tag: number): number | undefined => {
  if (view.getUint8(at) !== tag) return undefined;
  let next = at + 1;
  while (view.getUint8(next) & 0x80) next += 1;
  return next + 1;
};

/** Where the size of the decoder's buffer and two bit rates lie, eleven bytes together. */
const ratesIn = (view: DataView, start: number): number | undefined => {
  const stream = contentOf(view, start + 4, elementary);
  // Its number, and flags of which none is set in a file.
  const decoder = stream === undefined ? undefined : contentOf(view, stream + 3, configuration);
  return decoder === undefined ? undefined : decoder + 2;
};

/** A whole `stsd` with zeros for bit rates: where two of them are equal, one decoder setup plays both. */
export const withoutBitRates = (stsd: Uint8Array): Uint8Array => {
  const bytes = stsd.slice();
  const view = viewOf(bytes);
  const [entry] = boxesIn(view, 16);
  if (entry?.type !== 'mp4a') return bytes;
  const rates = boxAt(view, 'btrt', entry.start + entryHead, entry.end);
  if (rates) bytes.fill(0, rates.start, rates.end);
  try {
    const esds = boxAt(view, 'esds', entry.start + entryHead, entry.end);
    const at = esds && ratesIn(view, esds.start);
    if (at !== undefined) bytes.fill(0, at, at + 11);
  } catch (error) {
    // A description that ends too early is compared as it is.
    if (!(error instanceof RangeError)) throw error;
  }
  return bytes;
};
