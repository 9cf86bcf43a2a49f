/** What was seen in single pictures, put together for the whole source. */

/** Something that is seen in a picture. */
export interface Label {
  readonly name: string;
  /** 0..1 */
  readonly confidence: number;
  /** What it is a kind of, the widest term last. */
  readonly parents: readonly string[];
}

/** A picture and what is to be seen in it. */
export type Picture = { readonly at: number; readonly labels: readonly Label[] };

export type SeenLabel = {
  readonly name: string;
  /** The highest of all pictures. */
  readonly confidence: number;
  readonly parents: readonly string[];
  /** Seconds of the pictures in which it is seen. */
  readonly at: readonly number[];
};

const rounded = (confidence: number): number => Math.round(confidence * 1e4) / 1e4;

/** Every label once, the surest first; at most `max`. */
export const seenIn = (pictures: readonly Picture[], max = Infinity): SeenLabel[] => {
  const seen = new Map<string, SeenLabel>();
  for (const { at, labels } of pictures)
    for (const { name, confidence, parents } of labels) {
      const before = seen.get(name);
      seen.set(name, {
        name,
        confidence: Math.max(before?.confidence ?? 0, rounded(confidence)),
        parents,
        at: [...new Set([...(before?.at ?? []), at])],
      });
    }
  return [...seen.values()]
    .toSorted((a, b) => b.confidence - a.confidence || b.at.length - a.at.length || a.name.localeCompare(b.name))
    .slice(0, max);
};
