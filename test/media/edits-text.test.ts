/** Text and captions in the picture: where ink is, when it is there, and what it cannot do. */
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { burnedCaptions } from '#core/documents/burned-captions.ts';
import { lavfi, type MediaHouse, mediaHouse, x264 } from '#test/support/media-house.ts';
import { bounds, type Colour, picture, type Picture, pictures } from '#test/support/seen.ts';

let house: MediaHouse;
const sharp = { preset: 'mp4-fast', crf: 1, speed: 'ultrafast' };
const isInk = (colour: Colour): boolean => Math.max(...colour) > 60;
const isRed = ([r, g]: Colour): boolean => r > 100 && g < 60;

beforeAll(async () => {
  house = await mediaHouse();
  await house.make('black', 'black.mp4', [...lavfi('color=black:s=640x360:r=25:d=1'), ...x264]);
  await house.make('tall', 'tall.mp4', [...lavfi('color=black:s=180x320:r=25:d=0.4'), ...x264]);
  await house.make('grey', 'grey.mp4', [...lavfi('color=0x808080:s=320x180:r=25:d=0.2'), ...x264]);
  await house.make('long', 'long.mp4', [...lavfi('color=black:s=320x180:r=25:d=6'), ...x264, '-g', '25']);
});
afterAll(() => house.remove());

const edited = async (from: string, edit: readonly unknown[], rest: Record<string, unknown> = {}): Promise<string> => {
  const inputs = Object.keys(house.probes);
  const made = await house.run({ out: { type: 'video', from, edit, encode: sharp, ...rest } }, inputs);
  return made.file('out');
};
const written = async (text: Record<string, unknown>, from = 'black'): Promise<Picture> =>
  picture(await edited(from, [{ text }]));

describe('text', () => {
  const margin = 14;
  test.each([
    ['top-left', 'near', 'near'],
    ['top', 'middle', 'near'],
    ['top-right', 'far', 'near'],
    ['left', 'near', 'middle'],
    ['center', 'middle', 'middle'],
    ['right', 'far', 'middle'],
    ['bottom-left', 'near', 'far'],
    ['bottom', 'middle', 'far'],
    ['bottom-right', 'far', 'far'],
  ])('%s: its box is there, its ink is inside, and there is nothing else', async (at, across, down) => {
    const seen = await written({ value: 'Hxg\nWide line', at, size: 30, box: '#ff0000' });
    const box = bounds(seen, isInk);
    if (!box) throw new Error('there is no box');
    const [width, height] = [box.right - box.left + 1, box.bottom - box.top + 1];
    expect(width).toBeGreaterThan(150);
    expect(width).toBeLessThan(190);
    expect(Math.abs(height - (72 + 20))).toBeLessThanOrEqual(4);
    const starts = (side: string, whole: number, length: number) =>
      side === 'near' ? margin : side === 'far' ? whole - margin - length : (whole - length) / 2;
    expect(Math.abs(box.left - starts(across, 640, width))).toBeLessThanOrEqual(2);
    expect(Math.abs(box.top - starts(down, 360, height))).toBeLessThanOrEqual(2);
    const ink = bounds(seen, ([r, g, b]) => r > 150 && g > 150 && b > 150);
    if (!ink) throw new Error('there is no ink');
    // Padding on all sides, less what letters reach beyond what fonts say.
    expect(
      [ink.left - box.left, ink.top - box.top, box.right - ink.right, box.bottom - ink.bottom].every((gap) => gap >= 5),
    ).toBe(true);
    expect(ink.right - ink.left).toBeGreaterThan(width * 0.8);
  });

  test('its colour, and how much shows through it', async () => {
    const seen = await written({ value: '█', at: 'center', size: 120, color: '#00ff0080' }, 'grey');
    const [r, g, b] = seen.at(160, 90);
    expect(Math.abs(r - 64)).toBeLessThan(12);
    expect(Math.abs(g - 191)).toBeLessThan(12);
    expect(Math.abs(b - 64)).toBeLessThan(12);
  });

  test('how much shows through its box, in every channel', async () => {
    const seen = await written({ value: '.', at: 'center', size: 100, box: '#ff000080' }, 'grey');
    const box = bounds(seen, ([r, g]) => r - g > 60);
    if (!box) throw new Error('there is no box');
    const [r, g, b] = seen.at(box.left + 4, box.top + 4);
    expect(Math.abs(r - 191)).toBeLessThan(10);
    expect(Math.abs(g - 64)).toBeLessThan(10);
    expect(Math.abs(b - 64)).toBeLessThan(10);
  });

  test('it is there from its start on, and gone at its end', async () => {
    const file = await edited('black', [{ text: { value: 'now', start: 0.2, end: 0.48, box: '#ff0000' } }]);
    const shown = pictures(file).map((seen) => bounds(seen, isInk) !== undefined);
    expect(shown.map((is, n) => (is ? n : -1)).filter((n) => n >= 0)).toEqual([5, 6, 7, 8, 9, 10, 11]);
  });

  test.each(['black', 'tall'])('long text stays within a %s picture', async (from) => {
    const value = 'Many words that are not on one line, and Donaudampfschifffahrtsgesellschaft as well. '.repeat(4);
    const seen = await written({ value, at: 'center', size: 60, box: '#ff0000' }, from);
    const box = bounds(seen, isInk);
    expect(box?.left).toBeGreaterThan(3);
    expect(box?.top).toBeGreaterThanOrEqual(3);
    expect(box?.right).toBeLessThan(seen.width - 3);
    expect(box?.bottom).toBeLessThan(seen.height - 3);
  });

  test('letters of other alphabets are drawn, and what the font lacks does no harm', async () => {
    const empty = bounds(await written({ value: '\u00a0' }), isInk);
    expect(empty).toBeUndefined();
    for (const value of ['Ωμέγα', 'привет', 'שלום', 'سلام', '汉字', '🎬']) {
      expect(bounds(await written({ value }, 'grey'), ([r]) => r > 200)).toBeDefined();
    }
  });

  test('nothing that is written opens a file, a connection or a port', async () => {
    let visits = 0;
    const canary = createServer((socket) => {
      visits += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve));
    const { port } = canary.address() as AddressInfo; // true: it listens on TCP
    const stolen = join(house.folder, 'owned.txt');
    const values = [
      `x',metadata=print:file=${stolen},drawtext=text='y`,
      `',movie=http\\://127.0.0.1\\:${port}/[m],'`,
      `',movie=filename=http://127.0.0.1:${port}/x[m];[m]null,drawtext=text='`,
      `:textfile=/etc/passwd:text='`,
      `',zmq=bind_address=tcp\\://127.0.0.1\\:${port},'`,
      '%{localtime}%{metadata\\:x}%{eif\\:1/0\\:d}',
    ];
    try {
      const seen = await edited(
        'grey',
        values.map((value, n) => ({ text: { value, size: 12, at: n % 2 === 0 ? 'top' : 'bottom' } })),
      );
      expect(pictures(seen)).toHaveLength(5);
      expect(visits).toBe(0);
      expect(await readdir(house.folder)).not.toContain('owned.txt');
    } finally {
      canary.close();
    }
  });

  test('percent signs and braces are drawn and not expanded', async () => {
    const ink = async (value: string) => bounds(await written({ value, at: 'left', size: 24 }), isInk);
    const [plain, expanded] = [await ink('%{n}%{n}'), await ink('00')];
    expect((plain?.right ?? 0) - (expanded?.right ?? 0)).toBeGreaterThan(60);
  });
});

const srt = (...cues: readonly (readonly [string, string, string])[]): string =>
  cues.map(([start, end, text], n) => `${n + 1}\n00:00:0${start} --> 00:00:0${end}\n${text}\n`).join('\n');

describe('captions', () => {
  const shownAt = (file: string): number[] =>
    pictures(file)
      .map((seen, n) => (bounds(seen, isInk) ? n : -1))
      .filter((n) => n >= 0);
  const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);

  test('they are at the bottom, within the picture, from their start to their end', async () => {
    await house.captions('subs', srt(['1,000', '2,000', 'A caption in the middle of the lower edge']));
    const file = await edited('long', [{ captions: { from: 'subs', burn: true } }]);
    expect(shownAt(file)).toEqual(range(25, 50));
    const ink = bounds(picture(file, 30), isInk);
    expect(ink?.top).toBeGreaterThan(140);
    expect(ink?.bottom).toBeLessThan(176);
    expect(Math.abs((ink?.left ?? 0) - (319 - (ink?.right ?? 0)))).toBeLessThan(4);
  });

  test('they stay with what they were said to when a part is cut out and made faster', async () => {
    await house.captions('subs', srt(['1,000', '2,000', 'one'], ['4,000', '5,000', 'two']));
    const edit = [{ captions: { from: 'subs', burn: true } }];
    expect(shownAt(await edited('long', edit, { start: 3, end: 6 }))).toEqual(range(25, 50));
    expect(shownAt(await edited('long', [...edit, { speed: 2 }], { start: 3, end: 6 }))).toEqual(range(13, 25));
    expect(shownAt(await edited('long', [{ speed: 0.5 }, ...edit], { start: 3.5, end: 5 }))).toEqual(range(25, 75));
  });

  test('lines break where the picture ends, in portrait too', async () => {
    await house.captions(
      'subs',
      srt(['0,000', '0,400', 'A caption that is far too long for one line of a picture that is taller than wide']),
    );
    const ink = bounds(picture(await edited('tall', [{ captions: { from: 'subs', burn: true } }]), 3), isInk);
    expect(ink?.left).toBeGreaterThan(4);
    expect(ink?.right).toBeLessThan(176);
    expect((ink?.bottom ?? 0) - (ink?.top ?? 0)).toBeGreaterThan(30);
  });

  test('neither colours, places, drawings nor animations of a stranger reach the picture', async () => {
    const nasty =
      '{\\c&H0000FF&\\fs800\\bord200\\blur50\\pos(10,10)}red{\\p1}m 0 0 l 900 0 900 900{\\p0} <font color="#ff0000">x</font> \\N \\h {x}';
    await house.captions('subs', srt(['0,000', '6,000', nasty]));
    const seen = picture(await edited('long', [{ captions: { from: 'subs', burn: true } }]), 10);
    expect(bounds(seen, isRed)).toBeUndefined();
    expect(bounds(seen, isInk)?.top).toBeGreaterThan(100);
  });

  test('a backslash and braces are drawn as they are', async () => {
    const ink = async (text: string) => {
      await house.captions('subs', srt(['0,000', '6,000', text]));
      return bounds(picture(await edited('black', [{ captions: { from: 'subs', burn: true } }])), isInk);
    };
    const [one, two] = [await ink('aNb'), await ink('a\\Nb')];
    // One line, and wider by the backslash.
    expect((two?.bottom ?? 0) - (two?.top ?? 0)).toBeLessThan(30);
    expect((two?.right ?? 0) - (two?.left ?? 0)).toBeGreaterThan((one?.right ?? 0) - (one?.left ?? 0));
    expect(await ink('{abc}')).toBeDefined();
  });

  test('thousands of captions at once take no longer than a few', { timeout: 60_000 }, async () => {
    const cue = ['0,000', '6,000', `<b><i>${'{\\fs800\\blur50}bomb '.repeat(40)}</i></b>`] as const;
    await house.captions('subs', srt(...Array.from({ length: 5000 }, () => cue)));
    const started = performance.now();
    expect(pictures(await edited('long', [{ captions: { from: 'subs', burn: true } }]))).toHaveLength(150);
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  test('a video is no caption file, and the answer says what to do', async () => {
    await expect(edited('black', [{ captions: { from: 'long', burn: true } }])).rejects.toMatchObject({
      code: 'spec.invalid',
      facts: { hint: expect.stringContaining('.srt or .vtt') },
    });
  });

  test('the file holds bold, italics and underline of ours, and nothing else in braces', async () => {
    const text = await burnedCaptions(
      { kind: 'burned-captions', from: 'in1', width: 1280, height: 720, start: 0, seconds: null, tempo: 1 },
      {
        text: () =>
          Promise.resolve(srt(['0,000', '1,234', '<b>bold <i>both</i></b> {\\fs9}<u>under</u> a\\b {c} \\{\\p1}'])),
        bytes: () => Promise.reject(new Error('not asked for')),
        measure: () => Promise.reject(new Error('not asked for')),
        list: () => Promise.reject(new Error('not asked for')),
      },
    );
    const events = text.split('\n').filter((line) => line.startsWith('Dialogue:'));
    expect(events).toHaveLength(1);
    const blocks = [...(events[0] ?? '').matchAll(/(?<!\\)\{[^}]*\}/g)].map(([block]) => block);
    for (const block of blocks) expect(block).toMatch(/^\{(?:\\[biu][01])+\}$/);
    expect(events[0]).toContain(
      'Dialogue: 0,0:00:00.00,0:00:01.23,Default,,0,0,0,,{\\b1}bold {\\b0}{\\b1\\i1}both{\\b0\\i0}',
    );
  });
});
