import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CaptionKind, type Cue, parseCues } from '#core/media/cues.ts';
import { writeCues } from '#core/media/write-cues.ts';

const cue = (text: string, more: Partial<Cue> = {}): Cue => ({ start: 1, end: 2.5, text, runs: [{ text }], ...more });

test('what looks like markup or a time comes back as text', () => {
  const text = '00:00:01,000 --> 00:00:02,000 <b>&amp;</b>';
  expect(parseCues(writeCues([cue(text)], 'webvtt'))[0]?.text).toBe(text);
  expect(parseCues(writeCues([cue('a --> b')], 'srt'))).toMatchObject([{ text: 'a -> b' }]);
});

test('settings are kept where the format has them', () => {
  const placed = [cue('x', { settings: 'line:0 align:start' })];
  expect(writeCues(placed, 'webvtt')).toBe('WEBVTT\n\n00:00:01.000 --> 00:00:02.500 line:0 align:start\nx\n');
  expect(writeCues(placed, 'srt')).toBe('1\n00:00:01,000 --> 00:00:02,500\nx\n');
});

test('hours beyond two digits and fractions are written as they are read', () => {
  const late = cue('x', { start: 359_999.999, end: 360_000.001 });
  expect(parseCues(writeCues([late], 'webvtt'))).toEqual([late]);
});

const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '<b>',
        '</i>',
        '&',
        '-->',
        '\n',
        '\n\n',
        '{\\an8}',
        '1',
        '\0',
        '\u2028',
        '\u200e',
        '<3',
        ' ',
        '\u00a0',
        '&nbsp;',
        '\u3000',
      ),
      fc.string({ unit: 'grapheme', maxLength: 4 }),
    ),
    { maxLength: 20 },
  )
  .map((pieces) => pieces.join(''));

test.each<CaptionKind>(['srt', 'webvtt'])(
  'whatever a %s file says, what is written of it is read to the same',
  (kind) => {
    const head = kind === 'webvtt' ? 'WEBVTT\n\n' : '1\n';
    fc.assert(
      fc.property(anyText, (text) => {
        const read = parseCues(`${head}00:00:01.000 --> 00:00:02.000\n${text}\n`);
        expect(parseCues(writeCues(read, 'webvtt'))).toEqual(read);
        for (const { text: shown } of read) expect(shown).not.toMatch(/\n\n|^\s|\s$|\0/);
      }),
      { numRuns: 500 },
    );
  },
);
