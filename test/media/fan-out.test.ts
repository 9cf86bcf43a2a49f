import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CarriedOut } from '#test/support/carry-out.ts';
import { type MediaHouse, mediaHouse } from '#test/support/media-house.ts';
import {
  makeNumbered,
  type NumberedSource,
  numberedSources,
  numbersIn,
  small,
} from '#test/support/numbered-sources.ts';
import { timesOf } from '#test/support/track-times.ts';

const pieceSeconds = 1.7;
const size = { ...small, seconds: 14 };

/** What cannot be cut, and what is said of it. */
const whole: Partial<Record<NumberedSource, RegExp>> = {
  fragmented: /is a fragmented MP4, which is encoded in one piece/,
  'mpeg-ts': /MPEG-TS sources are encoded in one piece/,
  matroska: /Matroska and WebM sources are encoded in one piece/,
  vp9: /Matroska and WebM sources are encoded in one piece/,
};

const inputOf = (name: string): string => `in-${name.replace('.', '')}`;

let house: MediaHouse;
beforeAll(async () => {
  house = await mediaHouse({ isNoisy: true });
  const paths = await makeNumbered(house.folder, numberedSources, size);
  for (const [name, path] of Object.entries(paths)) await house.add(inputOf(name), path);
}, 120_000);
afterAll(() => house.remove());

const film = (from: string, rest: Record<string, unknown> = {}) => ({
  type: 'video',
  from,
  encode: { preset: 'mp4', speed: 'ultrafast' },
  ...rest,
});

const chunksIn = ({ plan }: Pick<CarriedOut, 'plan'>): number =>
  plan.tasks.filter(({ id }) => id.startsWith('chunk')).length;

/** The same pictures at the same times, the same sound, and both as long. */
const expectSame = async (one: CarriedOut, cut: CarriedOut, output: string): Promise<void> => {
  const [a, b] = [one.file(output), cut.file(output)];
  expect(await numbersIn(b, size.square)).toEqual(await numbersIn(a, size.square));
  const [pictures, joined] = [timesOf(a, 'v'), timesOf(b, 'v')];
  const off = joined?.times.map((time, n) => Math.abs(time - (pictures?.times[n] ?? Infinity))) ?? [Infinity];
  // FFmpeg's own muxer rounds starts to a millisecond.
  expect(Math.max(...off)).toBeLessThan(0.001);
  const half = 0.5 / 24;
  expect(Math.abs((joined?.seconds ?? 0) - (pictures?.seconds ?? 0))).toBeLessThan(half);
  const [sound, heard] = [timesOf(a, 'a'), timesOf(b, 'a')];
  expect(heard?.times.length).toBe(sound?.times.length);
  expect(Math.abs((heard?.start ?? 0) - (sound?.start ?? 0))).toBeLessThan(0.001);
  expect(Math.abs((heard?.seconds ?? 0) - (sound?.seconds ?? 0))).toBeLessThan(half);
};

const bothWays = async (
  outputs: Record<string, unknown>,
  input: string,
): Promise<{ readonly one: CarriedOut; readonly cut: CarriedOut }> => {
  const one = await house.run(outputs, [input]);
  const cut = await house.runCut(outputs, [input], pieceSeconds);
  return { one, cut };
};

describe('a film in pieces is the film in one', () => {
  test.each(numberedSources.filter((name) => !whole[name]))('%s', async (name) => {
    // What lies on its side is turned back, so that its numbers can be read.
    const edit = name === 'rotated' ? { edit: [{ rotate: 270 }] } : {};
    const { one, cut } = await bothWays({ out: film(inputOf(name), edit) }, inputOf(name));
    expect(cut.plan.warnings.filter((warning) => warning.includes('one piece'))).toEqual([]);
    expect(chunksIn(cut)).toBeGreaterThan(1);
    await expectSame(one, cut, 'out');
  });
});

describe('windows, speeds and edits', () => {
  test.each([
    ['a part', 'closed-gop', { start: 1.35, end: 9.9 }],
    ['the rest', '29.97', { start: 2.5 }],
    ['the beginning', '23.976', { end: 9.01 }],
    ['twice as fast', 'closed-gop', { edit: [{ speed: 1.25 }] }],
    ['slower', 'sound-longer-and-late', { edit: [{ speed: 0.5 }] }],
    ['another rate', 'variable-rate', { fps: 24 }],
    ['a lower rate', 'closed-gop', { fps: 12 }],
  ])('%s of a film (%s)', async (_, name, rest) => {
    const { one, cut } = await bothWays({ out: film(inputOf(name), rest) }, inputOf(name));
    expect(chunksIn(cut)).toBeGreaterThan(1);
    await expectSame(one, cut, 'out');
  });
});

describe('what cannot be cut', () => {
  test.each(Object.entries(whole))('%s is encoded in one piece, and the plan says why', async (name, why) => {
    const plan = await house.planCut({ out: film(inputOf(name)) }, [inputOf(name)], pieceSeconds);
    expect(chunksIn({ plan })).toBe(0);
    expect(plan.warnings).toEqual(expect.arrayContaining([expect.stringMatching(why)]));
  });

  test.each([
    ['another container', { encode: 'mkv' }, /mkv files are encoded in one piece/],
    ['VP9', { encode: { preset: 'mp4', videoCodec: 'vp9' } }, /vp9 is encoded in one piece/],
    [
      'a part of a variable rate',
      { from: 'in-variable-rate', start: 1 },
      /variable frame rate is encoded in one piece/,
    ],
  ])('%s', async (_, output, why) => {
    const plan = await house.planCut(
      { out: film('in-closed-gop', output) },
      ['in-closed-gop', 'in-variable-rate'],
      0.5,
    );
    expect(chunksIn({ plan })).toBe(0);
    expect(plan.warnings).toEqual(expect.arrayContaining([expect.stringMatching(why)]));
  });
});
