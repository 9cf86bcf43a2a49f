/** Which parts of a film become clips: between what was found, neither too short nor too long. */

export type Part = { readonly start: number; readonly end: number; readonly label?: string };
type Span = { readonly start: number; readonly end: number };

const milliseconds = (seconds: number): number => Math.round(seconds * 1000) / 1000;
const length = ({ start, end }: Span): number => end - start;

/** From one cut to the next, over the whole length. */
export const betweenCuts = (cuts: readonly number[], seconds: number): Part[] => {
  const edges = [0, ...cuts.filter((cut) => cut > 0 && cut < seconds), seconds];
  return edges.slice(1).map((end, n) => ({ start: edges[n] ?? 0, end }));
};

/** What the spans leave over. */
export const outsideOf = (spans: readonly Span[], seconds: number): Part[] => {
  const parts: Part[] = [];
  let start = 0;
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    if (span.start > start) parts.push({ start, end: Math.min(span.start, seconds) });
    start = Math.max(start, span.end);
  }
  if (start < seconds) parts.push({ start, end: seconds });
  return parts.filter((part) => part.end > part.start);
};

/** Times are kept to the millisecond. */
const rounding = 0.001;

/**
 * A part that is too short is joined to the next one, or to the one before where that is nearer; what lies between them
 * comes along. A single part may be as short as it is.
 */
export const joined = (parts: readonly Part[], min: number): Part[] => {
  const [first, ...rest] = parts;
  if (!first) return [];
  const done: Part[] = [];
  const toLast = (end: number): void => {
    const last = done.pop();
    if (last) done.push({ start: last.start, end });
  };
  let open: Part = first;
  for (const next of rest) {
    const before = done.at(-1);
    if (length(open) > min - rounding) {
      done.push(open);
      open = next;
    } else if (before && open.start - before.end < next.start - open.end) {
      toLast(open.end);
      open = next;
    } else open = { start: open.start, end: next.end };
  }
  if (length(open) > min - rounding || done.length === 0) done.push(open);
  else toLast(open.end);
  return done;
};

/** A part that is too long is split into equal ones. */
export const split = (parts: readonly Part[], max: number): Part[] =>
  parts.flatMap((part) => {
    const count = Math.max(1, Math.ceil(length(part) / max - 1e-6));
    const at = (n: number): number => milliseconds(part.start + (length(part) * n) / count);
    return Array.from({ length: count }, (_, n) => ({
      start: n === 0 ? part.start : at(n),
      end: n === count - 1 ? part.end : at(n + 1),
    }));
  });
