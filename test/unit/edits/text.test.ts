/** What people write never becomes part of a command; lines break where they must. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitted, pitch } from '#core/edits/line-breaks.ts';
import { widthOf } from '#core/edits/sans-widths.ts';
import { assetFiles } from '#layers/assets/assets.ts';
import { planOf } from '#test/support/plans.ts';
import { aProbe } from '#test/support/probes.ts';

const planned = (value: string, more: Record<string, unknown> = {}) => {
  const made = planOf({ out: { type: 'video', edit: [{ text: { value, ...more } }] } }, { video: aProbe() });
  const [task] = made.tasks;
  if (task?.kind !== 'make') throw new Error('a text is made in one task');
  const words = task.commands.flatMap((command) => command.arguments);
  return {
    words,
    graph: words[words.indexOf('-filter_complex') + 1] ?? '',
    drawn: (task.texts ?? []).map(({ document }) => (document.kind === 'text' ? document.text : '')),
  };
};

/** Everything that a graph may hold besides our own numbers. */
const grammar =
  /^\[0:0\]fps=30(?:,format=yuv444p)?(?:,drawbox=x=-?\d+:y=-?\d+:w=\d+:h=\d+:color=0x[0-9a-f]{6,8}:t=fill)?(?:,drawtext=textfile=text\d+\.txt:expansion=none:fontfile=assets\/sans\.ttf:fontsize=\d+:fontcolor=0x[0-9a-f]{6,8}:x=[()\w/-]+:y=-?\d+-ascent)*\[n1\];\[n1\]scale=1280:720,setsar=1,format=yuv420p\[v0\]$/;

const payloads = [
  "x',metadata=print:file=/tmp/owned,drawtext=text='y",
  "x:textfile=/etc/passwd:text='",
  "',movie=/etc/passwd[m];[m]null,drawtext=text='",
  "',movie=http\\://127.0.0.1/[m],'",
  "',zmq=bind_address=tcp\\://*\\:5555,'",
  "',subtitles=/etc/passwd,'",
  '%{localtime} %{metadata:x} %{eif:1:d} \\%{pts}',
  "it's 50% off: [50] {0} {1};, \\ back\\slash",
  '-report -i /etc/passwd',
  '$(id) `id` ; rm -rf / | cat & \u0000 \u001b[31m',
];

describe('what is written', () => {
  test.each(payloads)('stays text: %s', (value) => {
    const { graph, drawn } = planned(value);
    expect(graph).toMatch(grammar);
    const letters = (text: string): string => text.replaceAll(/[\s\p{Cc}]/gu, '');
    expect(letters(drawn.join(''))).toBe(letters(value));
  });

  test('whatever it is, the command differs in numbers only', () => {
    const { words } = planned('a');
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }), fc.boolean(), (value, boxed) => {
        if (value.split(/\r\n?|[\n\u2028\u2029\v\f]/).length > 20) return;
        const made = planned(value, boxed ? { box: '#00000080' } : {});
        expect(made.graph).toMatch(grammar);
        expect(made.words.filter((word) => word !== made.graph)).toEqual(
          words.filter((word) => !word.startsWith('[0:0]')),
        );
        for (const line of made.drawn) expect(line).not.toMatch(/\p{Cc}/u);
      }),
      { numRuns: 100 },
    );
  });

  test('more than twenty lines are refused', () => {
    expect(() => planned('a\n'.repeat(20))).toThrow(/at most 20 lines/);
  });
});

describe('lines', () => {
  test('break between words, and long words between letters', () => {
    const { lines, size } = fitted('one two three abcdefghijklmnopqrstuvwxyz', 20, { width: 100, height: 1000 });
    expect(size).toBe(20);
    expect(lines.slice(0, 2)).toEqual(['one two', 'three']);
    expect(lines.slice(2).join('')).toBe('abcdefghijklmnopqrstuvwxyz');
    for (const line of lines) expect(widthOf(line) * 20).toBeLessThanOrEqual(100);
  });

  test('never lose a letter, and fit the box or are as small as can be read', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'abcÄWЖ. \n'), minLength: 1, maxLength: 120 }),
        fc.integer({ min: 6, max: 300 }),
        (text, size) => {
          const box = { width: 300, height: 200 };
          const block = fitted(text, size, box);
          expect(block.lines.join('').replaceAll(/\s/g, '')).toBe(text.replaceAll(/\s/g, ''));
          const fits = block.lines.length * block.size * pitch <= box.height;
          expect(fits || block.size <= 6).toBe(true);
          for (const line of block.lines)
            expect([...line].length === 1 || widthOf(line) * block.size <= box.width).toBe(true);
        },
      ),
    );
  });

  test('are as wide as the font draws them', () => {
    const font = readFileSync(assetFiles['sans.ttf']);
    const tables = Array.from({ length: font.readUInt16BE(4) }, (_, n) => 12 + 16 * n);
    const offset = (name: string): number =>
      font.readUInt32BE((tables.find((at) => font.toString('latin1', at, at + 4) === name) ?? 0) + 8);
    const [cmap, hmtx, hhea] = [offset('cmap'), offset('hmtx'), offset('hhea')];
    const subtable = Array.from(
      { length: font.readUInt16BE(cmap + 2) },
      (_, n) => cmap + font.readUInt32BE(cmap + 8 + 8 * n),
    ).find((at) => font.readUInt16BE(at) === 4);
    const segments = font.readUInt16BE((subtable ?? 0) + 6) / 2;
    const word = (list: number, n: number): number => font.readUInt16BE((subtable ?? 0) + list + 2 * n);
    const glyph = (point: number): number => {
      const n = Array.from({ length: segments }, (_, k) => k).find((k) => word(14, k) >= point) ?? 0;
      const first = word(16 + 2 * segments, n);
      if (first > point) return 0;
      const range = word(16 + 6 * segments, n);
      const delta = word(16 + 4 * segments, n);
      return range === 0
        ? (point + delta) & 0xffff
        : (word(16 + 6 * segments + range, n + point - first) + delta) & 0xffff;
    };
    const advance = (point: number): number =>
      font.readUInt16BE(hmtx + 4 * Math.min(glyph(point), font.readUInt16BE(hhea + 34) - 1)) / 2048;
    for (const letter of ' !"\\Az~ÄßłŸΩλЖяё') {
      const [table, drawn] = [widthOf(letter), advance(letter.codePointAt(0) ?? 0)];
      expect(table).toBeGreaterThanOrEqual(drawn);
      expect(table - drawn).toBeLessThan(1 / 40);
    }
  });
});
