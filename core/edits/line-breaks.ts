/** Breaks text into lines that fit a box, between words where that is possible. */
import { widthOf } from './sans-widths.ts';

/** From one line to the next, in times the size; the letters of DejaVu Sans reach 0.93 up and 0.24 down. */
export const pitch = 1.2;
const smallest = 6;
const shrink = 0.9;

/** A word that is longer than a line is broken between letters. */
const pieces = (word: string, most: number): string[] => {
  const parts = [''];
  for (const letter of word) {
    const last = parts.at(-1) ?? '';
    if (last !== '' && widthOf(last + letter) > most) parts.push(letter);
    else parts[parts.length - 1] = last + letter;
  }
  return parts;
};

const broken = (line: string, most: number): string[] => {
  const lines: string[] = [];
  let open: string | undefined;
  for (const word of line.split(' ').flatMap((each) => pieces(each, most))) {
    const longer: string = open === undefined ? word : `${open} ${word}`;
    if (open !== undefined && widthOf(longer) > most) {
      lines.push(open);
      open = word;
    } else open = longer;
  }
  return [...lines, open ?? ''].map((each) => each.trimEnd());
};

export type Block = { readonly lines: readonly string[]; readonly size: number };

/** Lines in the wanted size, or in a smaller one where they would not fit the box, down to what can hardly be read. */
export const fitted = (text: string, size: number, box: { width: number; height: number }): Block => {
  const lines = text.split('\n').flatMap((line) => broken(line, box.width / size));
  const fits = lines.length * size * pitch <= box.height;
  return fits || size <= smallest ? { lines, size } : fitted(text, Math.max(smallest, Math.floor(size * shrink)), box);
};
