/** Words as they were heard, put into captions that can be read. */
import type { Cue } from './cues.ts';
import { writeCues } from './write-cues.ts';

/** A word as it is heard, with what ends a sentence behind it. */
export interface Word {
  readonly text: string;
  /** Seconds of the sound. */
  readonly start: number;
  readonly end: number;
  /** 0..1; null where nobody tells. */
  readonly confidence: number | null;
}

export interface Heard {
  /** BCP 47; null where nobody tells. */
  readonly language: string | null;
  readonly words: readonly Word[];
  /** Seconds that somebody is paid for. */
  readonly billedSeconds: number;
}

/** Two lines of 42 letters, and no longer than six seconds: what subtitlers keep to. */
const mostLetters = 84;
const lineLetters = 42;
const mostSeconds = 6;
/** So long a pause ends a caption. */
const pauseSeconds = 0.8;
/** It stays so long at least, where nothing is said meanwhile. */
const leastSeconds = 1;

const endsSentence = ({ text }: Word): boolean => /[.!?。！？…]["”»')\]]*$/.test(text);

/** Scripts that put nothing between words. */
const isUnspaced = (text: string): boolean =>
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]$/u.test(text);

const joinedWords = (words: readonly Word[]): string =>
  words.reduce((text, word) => (text === '' || isUnspaced(text) ? text : `${text} `) + word.text, '').trim();

/** In two lines of about the same length, where it is too long for one. */
const inLines = (text: string): string => {
  if (text.length <= lineLetters) return text;
  const spaces = [...text.matchAll(/ /g)].map(({ index }) => index);
  const middle = text.length / 2;
  const at = spaces.toSorted((a, b) => Math.abs(a - middle) - Math.abs(b - middle))[0];
  return at === undefined ? text : `${text.slice(0, at)}\n${text.slice(at + 1)}`;
};

const groups = (words: readonly Word[]): Word[][] => {
  const all: Word[][] = [];
  let open: Word[] = [];
  for (const word of words) {
    const last = open.at(-1);
    const first = open[0];
    const isFull =
      last !== undefined &&
      first !== undefined &&
      (word.start - last.end > pauseSeconds ||
        word.end - first.start > mostSeconds ||
        joinedWords([...open, word]).length > mostLetters ||
        endsSentence(last));
    if (isFull) {
      all.push(open);
      open = [];
    }
    open.push(word);
  }
  return open.length > 0 ? [...all, open] : all;
};

const millis = (seconds: number): number => Math.round(seconds * 1000) / 1000;

/** Captions of at most two lines, which end with sentences and at pauses, and never overlap. */
export const cuesOf = (words: readonly Word[]): Cue[] => {
  const plain = words.map((word) => ({ ...word, text: word.text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim() }));
  const said = plain.filter(({ text }) => text !== '').toSorted((a, b) => a.start - b.start);
  const grouped = groups(said);
  return grouped.flatMap((group, n): Cue[] => {
    const [first, last] = [group[0], group.at(-1)];
    if (!first || !last) return [];
    const next = grouped[n + 1]?.[0]?.start ?? Infinity;
    const start = millis(Math.max(0, first.start));
    const end = millis(Math.max(start + 0.05, Math.min(next, Math.max(last.end, start + leastSeconds))));
    const text = inLines(joinedWords(group));
    return [{ start, end, text, runs: [{ text }] }];
  });
};

/** As a file: WebVTT, SubRip, or JSON with every word. */
export const transcriptText = (
  { language, words }: Pick<Heard, 'language' | 'words'>,
  format: 'webvtt' | 'srt' | 'json',
): string => {
  const cues = cuesOf(words);
  if (format === 'json') {
    const captions = cues.map(({ start, end, text }) => ({ start, end, text: text.replaceAll('\n', ' ') }));
    return `${JSON.stringify({ language, text: joinedWords(words), captions, words }, undefined, 2)}\n`;
  }
  const written = writeCues(cues, format);
  // Where nothing is said; a file must have something.
  return written === '' ? '\n' : written;
};
