/** Which parts an object is composed of: what S3 copies by itself, and what is too small for that. */

export interface Stretch {
  /** The index of its piece. */
  readonly piece: number;
  readonly start: number;
  readonly end: number;
}

/** Copied by S3, one stretch of one object; or sent by us, stretches one after another. */
export type ComposedPart =
  | { readonly kind: 'copied'; readonly stretch: Stretch }
  | { readonly kind: 'sent'; readonly stretches: readonly Stretch[]; readonly bytes: number };

export interface PartLimits {
  /** Of every part but the last. */
  readonly least: number;
  readonly most: number;
  readonly parts: number;
}

/** What S3 takes; parts of 5 GiB would be possible, and slower. */
export const s3Limits: PartLimits = { least: 5 * 2 ** 20, most: 2 ** 30, parts: 10_000 };

export interface PieceSize {
  readonly bytes: number;
  /** False of bytes that are in memory. */
  readonly isStored: boolean;
}

/** As few bytes as possible are sent: what is too small takes only as much of the next object as it lacks. */
const parted = (pieces: readonly PieceSize[], { least, most }: PartLimits): ComposedPart[] => {
  const parts: ComposedPart[] = [];
  let small: Stretch[] = [];
  let smallBytes = 0;
  const take = (piece: number, start: number, end: number): void => {
    if (end > start) small.push({ piece, start, end });
    smallBytes += end - start;
    if (smallBytes >= least) flush();
  };
  const flush = (): void => {
    if (smallBytes > 0) parts.push({ kind: 'sent', stretches: small, bytes: smallBytes });
    [small, smallBytes] = [[], 0];
  };
  const copy = (piece: number, from: number, to: number): void => {
    const count = Math.ceil((to - from) / most);
    const size = Math.ceil((to - from) / count);
    for (let start = from; start < to; start += size)
      parts.push({ kind: 'copied', stretch: { piece, start, end: Math.min(start + size, to) } });
  };
  for (const [piece, { bytes, isStored }] of pieces.entries()) {
    const lacking = smallBytes === 0 ? 0 : least - smallBytes;
    if (isStored && bytes - lacking >= least) {
      take(piece, 0, lacking);
      copy(piece, lacking, bytes);
    } else {
      for (let start = 0; start < bytes; ) {
        const end = Math.min(bytes, start + Math.max(1, isStored ? bytes : least - smallBytes));
        take(piece, start, end);
        start = end;
      }
    }
  }
  flush();
  return parts;
};

/** In order; never more than `limits.parts`, as long as the parts may be made larger. */
export const composedParts = (pieces: readonly PieceSize[], limits: PartLimits = s3Limits): readonly ComposedPart[] => {
  const parts = parted(pieces, limits);
  if (parts.length <= limits.parts) return parts;
  const total = pieces.reduce((sum, { bytes }) => sum + bytes, 0);
  return parted(pieces, { ...limits, least: Math.max(limits.least, Math.ceil(total / (limits.parts - 1))) });
};
