/**
 * Boxes of an MP4 file (ISO/IEC 14496-12, section 4.2): just enough of a reader to find the few fields that playlists
 * tell. Whatever does not hold together is undefined or missing, never read past its end.
 */

export interface Box {
  readonly type: string;
  /** Of what is inside, without the header. */
  readonly start: number;
  readonly end: number;
}

const headerBytes = 8;
/** No folder of ours or of anybody's holds more; who claims more only wants our memory. */
const mostBoxes = 4_096;

/** The type and the whole size in bytes of the box whose header starts at `at`; undefined where there is no header. */
export const boxHeader = (
  view: DataView,
  at: number,
): { readonly type: string; readonly header: number; readonly bytes: number } | undefined => {
  if (at + headerBytes > view.byteLength) return undefined;
  const short = view.getUint32(at);
  const type = String.fromCodePoint(...[4, 5, 6, 7].map((n) => view.getUint8(at + n)));
  if (short !== 1) return short < headerBytes ? undefined : { type, header: headerBytes, bytes: short };
  if (at + 16 > view.byteLength) return undefined;
  const bytes = Number(view.getBigUint64(at + 8));
  return bytes < 16 ? undefined : { type, header: 16, bytes };
};

/** The boxes between two offsets, in their order; those from the first broken one on, or one too many, are left out. */
export const boxesIn = (view: DataView, start = 0, end = view.byteLength): Box[] => {
  const found: Box[] = [];
  let at = start;
  while (at < end && found.length < mostBoxes) {
    const header = boxHeader(view, at);
    if (!header || at + header.bytes > end) break;
    found.push({ type: header.type, start: at + header.header, end: at + header.bytes });
    at += header.bytes;
  }
  return found;
};

/** The first box at a path such as `moov/trak/mdia`. */
export const boxAt = (view: DataView, path: string, start = 0, end = view.byteLength): Box | undefined => {
  const [first, ...rest] = path.split('/');
  const box = boxesIn(view, start, end).find(({ type }) => type === first);
  return box && rest.length > 0 ? boxAt(view, rest.join('/'), box.start, box.end) : box;
};

/** How many entries a table has: what it says, if its box is large enough for them. */
export const entriesOf = (view: DataView, { start, end }: Box, bytes: number, head = 8): number => {
  const count = view.getUint32(start + head - 4);
  if (start + head + count * bytes > end) throw new RangeError('a table claims more than its box holds');
  return count;
};
