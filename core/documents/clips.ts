import { lengthBytes, lengthIn } from '../media/file-length.ts';
import type { MakeDocument } from './define-document.ts';

const milliseconds = (seconds: number): number => Math.round(seconds * 1000) / 1000;

/** JSON for programs: `start` and `end` are what was asked for, `seconds` is what the file says of itself. */
export const clips: MakeDocument<'clips'> = async (document, files) => {
  const found = [];
  for (const { file, start, end, label } of document.clips) {
    const seconds = lengthIn(await files.bytes(file, 0, lengthBytes)) ?? end - start;
    found.push({ file, start, end, seconds: milliseconds(seconds), ...(label === undefined ? {} : { label }) });
  }
  return `${JSON.stringify({ clips: found }, undefined, 2)}\n`;
};
