/**
 * Captions as we know them, read from SubRip (.srt) and WebVTT. Files come from strangers, so reading is bounded and
 * linear: what a cue may carry is its time, its place and its text in bold, italics and underline; the rest is dropped.
 * WebVTT: https://www.w3.org/TR/webvtt1/ SubRip has no standard; what players read is read.
 */
import { Failure } from '#core/failures.ts';

export const captionLimits = { bytes: 5_000_000, cues: 20_000, characters: 2_000, markup: 20_000 } as const;

/** A piece of a cue's text in one style. It may hold line feeds. */
export type CueRun = {
  readonly text: string;
  readonly bold?: true;
  readonly italic?: true;
  readonly underline?: true;
};

export type Cue = {
  /** Seconds. `end` lies after `start`. */
  readonly start: number;
  readonly end: number;
  /** Plain text of one or more lines; never empty, no line of it is, and it holds no control characters. */
  readonly text: string;
  /** The same text in its styles. */
  readonly runs: readonly CueRun[];
  /** WebVTT cue settings, such as `line:0 align:start`. */
  readonly settings?: string;
};

export type CaptionKind = 'srt' | 'webvtt';

const time = String.raw`(-?)(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?`;
const timing = new RegExp(String.raw`^[ \t]*${time}[ \t]*-->[ \t]*${time}(?:[ \t]+(.*))?$`);
const longestTiming = 400;

const corrupt = (detail: string): Failure => new Failure('input.corrupt', { detail, phase: 'probe' });
const tooLarge = (detail: string): Failure => new Failure('input.too_large', { detail, phase: 'probe' });

const withoutMark = (text: string): string => (text.startsWith('\ufeff') ? text.slice(1) : text);

/** Which kind of captions a text is, by its first lines; undefined where it is another text. */
export const captionKind = (head: string): CaptionKind | undefined => {
  const text = withoutMark(head);
  if (/^WEBVTT(?:[ \t\r\n]|$)/.test(text)) return 'webvtt';
  const lines = text
    .slice(0, 1024)
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(0, 2);
  const [first = '', second = ''] = lines;
  return isTiming(first) || (/^\d{1,9}$/.test(first) && isTiming(second)) ? 'srt' : undefined;
};

const isTiming = (line: string): boolean => line.length <= longestTiming && line.includes('-->') && timing.test(line);

type Timing = { readonly start: number; readonly end: number; readonly rest: string };

const seconds = (parts: readonly (string | undefined)[]): number => {
  const [sign, hours = '0', minutes = '0', whole = '0', fraction = '0'] = parts;
  const value = Number(hours) * 3600 + Number(minutes) * 60 + Number(whole) + Number(fraction.padEnd(3, '0')) / 1000;
  return sign === '-' ? -value : value;
};

const timingOf = (line: string): Timing | undefined => {
  const match = isTiming(line) ? timing.exec(line) : null;
  return match
    ? { start: seconds(match.slice(1, 6)), end: seconds(match.slice(6, 11)), rest: match[11] ?? '' }
    : undefined;
};

const setting =
  /^(?:vertical:(?:rl|lr)|line:-?\d{1,4}(?:\.\d{1,3})?%?(?:,(?:start|center|end))?|position:\d{1,3}(?:\.\d{1,3})?%(?:,(?:line-left|center|line-right))?|size:\d{1,3}(?:\.\d{1,3})?%|align:(?:start|center|end|left|right|middle))$/;

const settingsOf = (rest: string): string =>
  rest
    .split(/[ \t]+/)
    .filter((word) => setting.test(word))
    .map((word) => (word === 'align:middle' ? 'align:center' : word))
    .join(' ');

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  nbsp: '\u00a0',
  lrm: '\u200e',
  rlm: '\u200f',
};

const decoded = (text: string): string =>
  text.replaceAll(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,4}));/gi,
    (whole, decimal, hex, name: string | undefined) => {
      if (name !== undefined) return entities[name.toLowerCase()] ?? whole;
      const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
      return point > 0x10_ffff || (point >= 0xd800 && point <= 0xdfff) ? '\ufffd' : String.fromCodePoint(point);
    },
  );

/** What no caption needs and terminals, players and filters may obey. Line feeds are dealt with before. */
const cleaned = (text: string): string =>
  text.replaceAll('\0', '\ufffd').replaceAll(/(?![\n\t])[\p{Cc}\u2028\u2029]/gu, '');

/** WebVTT knows no other angle brackets than those of tags; in SubRip only these are tags. */
const tag = {
  webvtt: /<(\/?)([a-z]*)[^<>]*>/gi,
  srt: /<(\/?)(b|i|u|s|font|c|v|ruby|rt|lang)(?:[\s.=][^<>]*)?>/gi,
} as const;
/** Of SubStation Alpha; many SubRip files carry them. */
const override = /\{\\[^{}]*\}/g;

type Style = Record<'b' | 'i' | 'u', number>;

const styled = (text: string, style: Style): CueRun => ({
  text,
  ...(style.b > 0 ? { bold: true as const } : {}),
  ...(style.i > 0 ? { italic: true as const } : {}),
  ...(style.u > 0 ? { underline: true as const } : {}),
});

const sameStyle = (a: CueRun, b: CueRun): boolean =>
  a.bold === b.bold && a.italic === b.italic && a.underline === b.underline;

/** Tags opened and closed in any order; how deep they nest does not matter. */
const runsOf = (raw: string, kind: CaptionKind): CueRun[] => {
  const text = kind === 'srt' ? raw.replaceAll(override, '') : raw;
  const style: Style = { b: 0, i: 0, u: 0 };
  const runs: CueRun[] = [];
  const add = (piece: string): void => {
    const plain = cleaned(kind === 'webvtt' ? decoded(piece) : piece);
    if (plain === '') return;
    const run = styled(plain, style);
    const before = runs.at(-1);
    if (before && sameStyle(before, run)) runs[runs.length - 1] = { ...before, text: before.text + plain };
    else runs.push(run);
  };
  let at = 0;
  for (const match of text.matchAll(tag[kind])) {
    add(text.slice(at, match.index));
    at = match.index + match[0].length;
    const name = match[2]?.toLowerCase();
    if (name === 'b' || name === 'i' || name === 'u')
      style[name] = Math.max(0, style[name] + (match[1] === '/' ? -1 : 1));
  }
  add(text.slice(at));
  return tidied(runs);
};

/** Without empty lines, and without white space of any kind where lines start: an empty line ends a cue. */
const tidied = (runs: readonly CueRun[]): CueRun[] => {
  let before = '\n';
  const tidy = runs.map((run) => {
    let text = '';
    for (const letter of run.text) {
      if (before === '\n' && /\s/u.test(letter)) continue;
      text += letter;
      before = letter;
    }
    return { ...run, text };
  });
  const last = tidy.findLastIndex(({ text }) => text.trim() !== '');
  return tidy
    .slice(0, last + 1)
    .map((run, n) => (n === last ? { ...run, text: run.text.trimEnd() } : run))
    .filter(({ text }) => text !== '');
};

/** SubRip's own way to put a cue at the top. */
const topOf = (raw: string): string => (/\{\\an[789]\}/.test(raw) ? 'line:0' : '');

const cueOf = ({ start, end, rest }: Timing, lines: readonly string[], kind: CaptionKind): Cue | undefined => {
  const raw = lines.join('\n');
  if (raw.length > captionLimits.markup) throw corrupt(`A caption has ${raw.length} characters with its markup.`);
  const runs = runsOf(raw, kind);
  const text = runs.map((run) => run.text).join('');
  if (text.length > captionLimits.characters) {
    throw corrupt(`A caption has ${text.length} characters; at most ${captionLimits.characters} are accepted.`);
  }
  if (end <= Math.max(0, start) || text === '') return undefined;
  const settings = kind === 'webvtt' ? settingsOf(rest) : topOf(raw);
  return { start: Math.max(0, start), end, text, runs, ...(settings === '' ? {} : { settings }) };
};

/**
 * The cues of a SubRip or WebVTT text, by their start; `kind` is what `captionKind` says of it. Cues that are empty or
 * end before they start are left out, those that start before 0 start at 0. Fails with `input.not_media` where it is
 * neither, and with `input.too_large` or `input.corrupt` above `captionLimits`.
 */
export const parseCues = (content: string): Cue[] => {
  if (content.length > captionLimits.bytes) throw tooLarge(`The captions have more than ${captionLimits.bytes} bytes.`);
  const text = withoutMark(content);
  const kind = captionKind(text);
  if (!kind) throw new Failure('input.not_media', { detail: 'It is neither SubRip nor WebVTT.', phase: 'probe' });
  const cues: Cue[] = [];
  let open: { timing: Timing; lines: string[] } | undefined;
  const close = (): void => {
    const cue = open && cueOf(open.timing, open.lines, kind);
    open = undefined;
    if (cue) cues.push(cue);
    if (cues.length > captionLimits.cues) throw tooLarge(`There are more than ${captionLimits.cues} captions.`);
  };
  for (const line of text.split(/\r\n|\r|\n/)) {
    const next = timingOf(line);
    if (next) {
      // Some files leave the empty line out: then the number of the next cue ends this one.
      if (kind === 'srt' && /^\s*\d{1,9}\s*$/.test(open?.lines.at(-1) ?? '') && (open?.lines.length ?? 0) > 1)
        open?.lines.pop();
      close();
      open = { timing: next, lines: [] };
    } else if (line.trim() === '') close();
    else open?.lines.push(line);
  }
  close();
  return cues.toSorted((a, b) => a.start - b.start || a.end - b.end);
};

/** The cues of a part of a film, counted from the part's start. `seconds` is its length, null to the end. */
export const cuesWithin = (cues: readonly Cue[], window: { start: number; seconds: number | null }): Cue[] => {
  const end = window.seconds ?? Infinity;
  const at = (second: number): number => Math.round(Math.min(end, Math.max(0, second - window.start)) * 1000) / 1000;
  return cues.map((cue) => ({ ...cue, start: at(cue.start), end: at(cue.end) })).filter((cue) => cue.end > cue.start);
};
