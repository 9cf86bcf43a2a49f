import { Failure } from '../failures.ts';
import { captionLimits, cuesWithin, parseCues } from '../media/cues.ts';
import { writeCues } from '../media/write-cues.ts';
import type { MakeDocument } from './define-document.ts';

/** Written anew from what was read: nothing of the source but times, places and styled text comes through. */
export const captions: MakeDocument<'captions'> = async ({ from, to, start, seconds }, files) => {
  const text = await files.text(from, captionLimits.bytes);
  // What FFmpeg writes of an empty track.
  if (text.trim() === '') throw new Failure('input.corrupt', { detail: 'The subtitle track holds no captions.' });
  const written = writeCues(cuesWithin(parseCues(text), { start, seconds }), to);
  // A part of a film may have none; a file must have something.
  return written === '' ? '\n' : written;
};
