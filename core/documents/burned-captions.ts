/**
 * Captions for FFmpeg's `ass` filter. The file is written here, from cues as we read them: a stranger's styles, effects
 * and drawings never reach the renderer, which can be kept busy for hours with them.
 * Format: https://github.com/libass/libass/wiki/ASS-File-Format-Guide
 */
import type { Cue, CueRun } from '../media/cues.ts';
import { captionLimits, cuesWithin, parseCues } from '../media/cues.ts';
import type { DocumentOf } from '../job/documents.ts';
import type { MakeDocument } from './define-document.ts';

/** Of one cue; longer ones would not fit a picture anyway. */
const maxCharacters = 400;
/** At the same time; players show no more either, and each costs time in every picture. */
const maxAtOnce = 4;

/** Shares of height and width: captions of usual films, and of films that are taller than wide. */
const [ofHeight, ofWidth] = [0.055, 0.07];

/**
 * Braces would open a block of styles, and a backslash before some letters means more than itself: one that is followed
 * by a word joiner, which shows nothing, does not.
 */
const literal = (text: string): string =>
  text
    .replaceAll('\\', '\\\u2060')
    .replaceAll(/[{}]/g, (brace) => `\\${brace}`)
    .replaceAll('\n', '\\N');

const styled = ({ text, bold, italic, underline }: CueRun): string => {
  const styles = [bold ? 'b' : '', italic ? 'i' : '', underline ? 'u' : ''].filter((style) => style !== '');
  if (styles.length === 0) return literal(text);
  const block = (on: 0 | 1): string => `{${styles.map((style) => `\\${style}${on}`).join('')}}`;
  return `${block(1)}${literal(text)}${block(0)}`;
};

/** As much of the runs as is shown. */
const shortened = (runs: readonly CueRun[]): CueRun[] => {
  let left = maxCharacters;
  return runs.flatMap((run) => {
    const text = [...run.text].slice(0, left).join('');
    left -= [...text].length;
    return text === '' ? [] : [{ ...run, text }];
  });
};

const clock = (second: number): string => {
  const hundredths = Math.round(second * 100);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  return `${Math.floor(hundredths / 360_000)}:${two((hundredths / 6000) % 60)}:${two((hundredths / 100) % 60)}.${two(hundredths % 100)}`;
};

/** In the order of their start. */
const fewAtOnce = (cues: readonly Cue[]): Cue[] => {
  let shown: Cue[] = [];
  return cues.filter((cue) => {
    shown = shown.filter(({ end }) => end > cue.start);
    if (shown.length >= maxAtOnce) return false;
    shown.push(cue);
    return true;
  });
};

/** Lines count from the top; below this many of them it is the lower half of a picture. */
const topLines = 8;

const isAtTop = ({ settings = '' }: Cue): boolean => {
  const [, line = '', percent] = /(?:^| )line:(\d+)(?:\.\d+)?(%?)/.exec(settings) ?? [];
  return line !== '' && Number(line) < (percent ? 50 : topLines);
};

const head = ({ width, height }: DocumentOf<'burned-captions'>): string => {
  const size = Math.max(8, Math.round(Math.min(height * ofHeight, width * ofWidth)));
  const outline = Math.max(1, Math.round(size / 14));
  const margin = Math.round(Math.min(width, height) / 20);
  const style = [
    ...[
      'Default',
      'DejaVu Sans',
      size,
      '&H00FFFFFF',
      '&H00FFFFFF',
      '&H00000000',
      '&H80000000',
      0,
      0,
      0,
      0,
      100,
      100,
      0,
    ],
    ...[0, 1, outline, 0, 2, margin, margin, margin, 1],
  ];
  return [
    '[Script Info]',
    'ScriptType: v4.00+',
    `PlayResX: ${width}`,
    `PlayResY: ${height}`,
    'WrapStyle: 0',
    'ScaledBorderAndShadow: yes',
    '',
    '[V4+ Styles]',
    'Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding',
    `Style: ${style.join(',')}`,
    '',
    '[Events]',
    'Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text',
  ].join('\n');
};

/** Times count in the output: from the start of the window, and at its speed. */
export const burnedCaptions: MakeDocument<'burned-captions'> = async (document, files) => {
  const { from, start, seconds, tempo } = document;
  const cues = parseCues(await files.text(from, captionLimits.bytes));
  const events = fewAtOnce(cuesWithin(cues, { start, seconds })).map((cue) => {
    const [shown, gone] = [clock(cue.start / tempo), clock(cue.end / tempo)];
    const text = shortened(cue.runs).map(styled).join('');
    return `Dialogue: 0,${shown},${gone},Default,,0,0,0,,${isAtTop(cue) ? '{\\an8}' : ''}${text}`;
  });
  return `${[head(document), ...events].join('\n')}\n`;
};
