import { describe, expect, test } from 'vitest';
import { captionKind, cuesWithin, parseCues } from '#core/media/cues.ts';

const srt = (...cues: readonly string[]): string => cues.map((cue, n) => `${n + 1}\n${cue}\n`).join('\n');
const one = (text: string): string => srt(`00:00:01,000 --> 00:00:02,000\n${text}`);
const vtt = (text: string): string => `WEBVTT\n\n00:01.000 --> 00:02.000\n${text}\n`;

describe('SubRip', () => {
  test('cues have times in seconds, lines and styles', () => {
    expect(
      parseCues(
        srt(
          '00:00:01,500 --> 00:00:02,750\nHello <i>there</i>\n<b><u>you</u></b>',
          '01:00:00,000 --> 01:00:01,000\nEnd',
        ),
      ),
    ).toEqual([
      {
        start: 1.5,
        end: 2.75,
        text: 'Hello there\nyou',
        runs: [
          { text: 'Hello ' },
          { text: 'there', italic: true },
          { text: '\n' },
          { text: 'you', bold: true, underline: true },
        ],
      },
      { start: 3600, end: 3601, text: 'End', runs: [{ text: 'End' }] },
    ]);
  });

  test.each([
    ['a byte order mark', `\ufeff${one('x')}`],
    ['line ends of Windows', one('x').replaceAll('\n', '\r\n')],
    ['line ends of the old Mac', one('x').replaceAll('\n', '\r')],
    ['points before the milliseconds', one('x').replaceAll(',', '.')],
    ['no number', '00:00:01,000 --> 00:00:02,000\nx'],
    ['positions after the times', '1\n00:00:01,000 --> 00:00:02,000  X1:100 X2:200\nx\n'],
    ['no hours', '1\n00:01,000 --> 00:02,000\nx'],
  ])('%s are no matter', (_, text) => {
    expect(parseCues(text)).toMatchObject([{ start: 1, end: 2, text: 'x' }]);
  });

  test('a missing empty line between two cues does not join them', () => {
    const cues = parseCues('1\n00:00:01,000 --> 00:00:02,000\na\n2\n00:00:02,000 --> 00:00:03,000\nb\n');
    expect(cues.map(({ text }) => text)).toEqual(['a', 'b']);
  });

  test('cues come by their start, may overlap, and are dropped where they end before they start', () => {
    const cues = parseCues(
      srt(
        '00:00:05,000 --> 00:00:06,000\nlate',
        '00:00:01,000 --> 00:00:09,000\nlong',
        '00:00:03,000 --> 00:00:02,000\nback',
        '-00:00:02,000 --> 00:00:00,500\nearly',
        '-00:00:02,000 --> -00:00:01,000\nnever',
        '00:00:01,000 --> 00:00:02,000\n \t',
      ),
    );
    expect(cues.map(({ start, end, text }) => [start, end, text])).toEqual([
      [0, 0.5, 'early'],
      [1, 9, 'long'],
      [5, 6, 'late'],
    ]);
  });

  test('what only looks like markup stays, what is markup goes', () => {
    expect(parseCues(one('I <3 you & <font color="#f00" face="/etc/passwd">x</font> a < b > c'))[0]?.text).toBe(
      'I <3 you & x a < b > c',
    );
    expect(parseCues(one('{\\an8}{\\fs99}top {curly}'))[0]).toMatchObject({ text: 'top {curly}', settings: 'line:0' });
  });

  test('control characters never come through', () => {
    expect(parseCues(one('a\0b\u001b[31mc\u0007\u0085d\u2028e'))[0]?.text).toBe('a\ufffdb[31mcde');
  });
});

describe('WebVTT', () => {
  test('headers, notes, styles, regions and identifiers are no text', () => {
    const text = `WEBVTT - a title
Kind: captions

STYLE
::cue { background: url(http://example.com/x) }

NOTE a note
of two lines

first
00:01.000 --> 00:02.000 align:start line:0 evil:1 size:9999%
<v.loud Ann>Hi <00:01.500><c.red>there</c></v> &amp; &lt;b&gt; &#x41;&nbsp;&bogus;
`;
    expect(parseCues(text)).toEqual([
      {
        start: 1,
        end: 2,
        text: 'Hi there & <b> A\u00a0&bogus;',
        runs: [{ text: 'Hi there & <b> A\u00a0&bogus;' }],
        settings: 'align:start line:0',
      },
    ]);
  });

  test('tags may nest as deep and as wrongly as they like', () => {
    const deep = `${'<b>'.repeat(3000)}x${'</i>'.repeat(2000)}`;
    expect(parseCues(vtt(deep))[0]?.runs).toEqual([{ text: 'x', bold: true }]);
    expect(parseCues(vtt('</b><i>a<b>b</i>c</b>d'))[0]?.runs).toEqual([
      { text: 'a', italic: true },
      { text: 'b', bold: true, italic: true },
      { text: 'c', bold: true },
      { text: 'd' },
    ]);
  });

  test('a text without cues is an empty list', () => {
    expect(parseCues('WEBVTT')).toEqual([]);
  });
});

describe('what is refused', () => {
  test.each([
    ['a megabyte of tags', vtt('<b>'.repeat(333_333)), 'input.corrupt'],
    ['a megabyte of open brackets', vtt('<'.repeat(1_000_000)), 'input.corrupt'],
    ['a caption of 2,001 characters', one('x'.repeat(2001)), 'input.corrupt'],
    [
      '20,001 captions',
      srt(...Array.from({ length: 20_001 }, () => '00:00:01,000 --> 00:00:02,000\nx')),
      'input.too_large',
    ],
    ['six megabytes', `WEBVTT\n\n${'NOTE x\n'.repeat(900_000)}`, 'input.too_large'],
    ['another text', 'Dear Ann,\n\n1 --> 2', 'input.not_media'],
    ['a list of files', "ffconcat version 1.0\nfile '/etc/passwd'", 'input.not_media'],
    ['a word that only starts like WEBVTT', 'WEBVTTX\n', 'input.not_media'],
    ['numbers alone', '1\n2\n3\n', 'input.not_media'],
  ])('%s', (_, text, code) => {
    expect(() => parseCues(text)).toThrow(expect.objectContaining({ code }));
  });

  test('reading the worst of five megabytes is over at once', () => {
    const lines = ['-->', '0:0:0 --> '.repeat(30), ' '.repeat(380) + '-->', '&'.repeat(300), '<a'.repeat(100)];
    const worst = `WEBVTT\n\n${Array.from({ length: 12_000 }, (_, n) => lines[n % lines.length]).join('\n\n')}`;
    expect(parseCues(worst.slice(0, 5_000_000))).toEqual([]);
  });
});

test('which kind of captions a text is shows in its first lines', () => {
  expect(captionKind('WEBVTT\n')).toBe('webvtt');
  expect(captionKind(one('x'))).toBe('srt');
  expect(captionKind('#EXTM3U\n')).toBeUndefined();
});

test('a part of a film has the cues that are to be seen in it, counted from its start', () => {
  const cues = parseCues(
    srt('00:00:01,000 --> 00:00:03,000\na', '00:00:04,000 --> 00:00:05,000\nb', '00:00:09,000 --> 00:00:12,000\nc'),
  );
  expect(cuesWithin(cues, { start: 2, seconds: 8 }).map(({ start, end }) => [start, end])).toEqual([
    [0, 1],
    [2, 3],
    [7, 8],
  ]);
  expect(cuesWithin(cues, { start: 5, seconds: null }).map(({ start }) => start)).toEqual([4]);
});
