/** Writes captions as SubRip and WebVTT: what `parseCues` read, and nothing else of what stood in the file. */
import type { CaptionKind, Cue, CueRun } from './cues.ts';

const two = (value: number): string => String(value).padStart(2, '0');

const clock = (seconds: number, point: '.' | ','): string => {
  const ms = Math.round(seconds * 1000);
  const [hours, minutes] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60];
  return `${two(hours)}:${two(minutes)}:${two(Math.floor(ms / 1000) % 60)}${point}${String(ms % 1000).padStart(3, '0')}`;
};

export const webvttTime = (seconds: number): string => clock(seconds, '.');

const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\u200e', '&lrm;')
    .replaceAll('\u200f', '&rlm;');

/** SubRip has no escapes: an arrow of its own would be read as a time. */
const unarrowed = (text: string): string => text.replaceAll('-->', '->');

const written = (run: CueRun, kind: CaptionKind): string => {
  const tags = [...(run.bold ? ['b'] : []), ...(run.italic ? ['i'] : []), ...(run.underline ? ['u'] : [])];
  const text = kind === 'webvtt' ? escaped(run.text) : unarrowed(run.text);
  return `${tags.map((tag) => `<${tag}>`).join('')}${text}${tags
    .toReversed()
    .map((tag) => `</${tag}>`)
    .join('')}`;
};

const textOf = (cue: Cue, kind: CaptionKind): string => cue.runs.map((run) => written(run, kind)).join('');

const webvtt = (cue: Cue): string =>
  `${clock(cue.start, '.')} --> ${clock(cue.end, '.')}${cue.settings ? ` ${cue.settings}` : ''}\n${textOf(cue, 'webvtt')}\n`;

const srt = (cue: Cue, n: number): string =>
  `${n + 1}\n${clock(cue.start, ',')} --> ${clock(cue.end, ',')}\n${textOf(cue, 'srt')}\n`;

/** A file that `parseCues` reads to the same cues; SubRip keeps no settings. */
export const writeCues = (cues: readonly Cue[], kind: CaptionKind): string =>
  kind === 'srt' ? cues.map(srt).join('\n') : ['WEBVTT\n', ...cues.map(webvtt)].join('\n');
