/** Reads what FFmpeg's `metadata=print` wrote: a head for each frame, and `key=value` lines of what was seen in it. */

type Line = { readonly at: number; readonly key: string; readonly value: string };

const head = /^frame:\d+ +pts:(\S+) +pts_time:(\S+)/;

/** Counts in microseconds: FFmpeg before 7 prints seconds in six digits, which are tenths of a second after three hours. */
export const inMicroseconds = 'settb=1/1000000';

/**
 * Every line with the second of its frame, in order. Lines that are neither head nor value are left out. `ticks` are
 * those of a second, where the filters have set them.
 */
export function* printedLines(text: string, ticks?: number): Generator<Line> {
  let at = 0;
  for (const line of text.split('\n')) {
    const frame = head.exec(line);
    if (frame) {
      const second = ticks === undefined ? Number(frame[2]) : Number(frame[1]) / ticks;
      at = Number.isFinite(second) ? second : at;
      continue;
    }
    const equals = line.indexOf('=');
    if (equals > 0) yield { at, key: line.slice(0, equals), value: line.slice(equals + 1).trim() };
  }
}

const milliseconds = (seconds: number): number => Math.round(Math.max(0, seconds) * 1000) / 1000;

type Span = { readonly start: number; readonly end: number };

/** More are told apart by nobody, and have to fit into a record. The longest are kept. */
const mostSpans = 4000;

/**
 * From where something starts to where it ends; what is open at the end lasts to the end. FFmpeg may say where the same
 * one starts more than once.
 */
export const spansOf = (text: string, keys: { start: string; end: string }, seconds: number | null): Span[] => {
  const spans: Span[] = [];
  let start: number | undefined;
  let last = 0;
  for (const { at, key, value } of printedLines(text)) {
    last = Math.max(last, at);
    const second = Number(value);
    if (!Number.isFinite(second)) continue;
    if (key === keys.start) start ??= second;
    if (key === keys.end && start !== undefined) {
      spans.push({ start: milliseconds(start), end: milliseconds(second) });
      start = undefined;
    }
  }
  if (start !== undefined)
    spans.push({ start: milliseconds(start), end: milliseconds(Math.max(last, start, seconds ?? 0)) });
  const real = spans.filter((span) => span.end > span.start);
  if (real.length <= mostSpans) return real;
  const length = ({ start: from, end }: Span): number => end - from;
  const least = real.map(length).toSorted((a, b) => b - a)[mostSpans] ?? 0;
  return real.filter((span) => length(span) > least);
};
