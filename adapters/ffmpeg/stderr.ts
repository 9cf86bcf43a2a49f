/** The end of what a program wrote to stderr, and how much of it there was. Memory stays bounded whatever it writes. */

const tailBytes = 8 * 1024;
const longestLine = 2 * 1024;

export interface ErrorText {
  readonly add: (piece: string) => void;
  /** At most 8 KiB of the last lines. */
  readonly tail: () => string;
  readonly lines: () => number;
}

/** Control characters and directional marks could forge lines or hide text in a terminal; addresses only make noise. */
const clean = (line: string): string =>
  line.replaceAll(/[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, '').replaceAll(/ @ 0x[0-9a-f]+/g, '');

/** Said once on machines without configured fonts, as in containers. We bring the font that is drawn with. */
const fontChatter = /^Fontconfig (?:error|warning): /;

export const errorText = (): ErrorText => {
  let tail = '';
  let partial = '';
  let count = 0;
  const keep = (line: string): void => {
    const text = clean(line);
    if (text.trim() === '' || fontChatter.test(text)) return;
    count += Number(/^\s*Last message repeated (\d{1,6}) times?$/.exec(text)?.[1] ?? 1);
    tail += `${text}\n`;
    while (Buffer.byteLength(tail) > tailBytes) tail = tail.slice(tail.indexOf('\n') + 1);
  };
  return {
    add: (piece) => {
      const lines = (partial + piece).split(/[\r\n]+/);
      partial = (lines.pop() ?? '').slice(0, longestLine);
      for (const line of lines) keep(line.slice(0, longestLine));
    },
    tail: () => {
      keep(partial);
      partial = '';
      return tail.trimEnd();
    },
    lines: () => count,
  };
};
