/** Parsers of what FFmpeg writes: the texts are its own, shortened between the lines. */
import { describe, expect, test } from 'vitest';
import { analysisNamed } from '#core/analyses/index.ts';
import type { Analysis } from '#core/job/findings.ts';

const read = (analysis: Analysis, text: string, seconds: number | null = 4) =>
  analysisNamed(analysis.kind).parse(text, analysis, seconds);

describe('scenes', () => {
  const scenes = { kind: 'scenes', threshold: 0.3 } as const;
  const text = `frame:0    pts:1000000 pts_time:1
lavfi.scene_score=0.566421
frame:1    pts:3612345678 pts_time:3612.35
lavfi.scene_score=1.000000
`;
  test('a cut is at the first picture of the new scene, to the millisecond however late it is', () => {
    expect(read(scenes, text)).toEqual({ kind: 'scenes', cuts: [1, 3612.345] });
    expect(read(scenes, '')).toEqual({ kind: 'scenes', cuts: [] });
  });

  test('flicker leaves no more cuts than a record holds', () => {
    const flicker = Array.from(
      { length: 60_000 },
      (_, n) => `frame:${n} pts:${Math.round((n * 1e6) / 30)} pts_time:${n / 30}\nlavfi.scene_score=1.0\n`,
    );
    const found = read(scenes, flicker.join(''), 2000);
    expect(found.kind === 'scenes' && found.cuts.length).toBeLessThanOrEqual(10_000);
    expect(found.kind === 'scenes' && found.cuts.length).toBeGreaterThan(5_000);
  });
});

describe('silence', () => {
  const silence = { kind: 'silence', belowDb: -50, minSeconds: 0.5 } as const;
  const text = `frame:86   pts:88064   pts_time:1.99692
lavfi.silence_start=1.50939
frame:107  pts:109568  pts_time:2.48454
lavfi.silence_start=1.50939
lavfi.silence_end=2.50766
lavfi.silence_duration=0.998277
`;
  test('a span is where it starts and ends, though the start is told twice', () => {
    expect(read(silence, text)).toEqual({ kind: 'silence', spans: [{ start: 1.509, end: 2.508 }] });
  });

  test('silence to the end has no end in the text', () => {
    const [open = ''] = text.split('frame:107');
    expect(read(silence, open)).toEqual({ kind: 'silence', spans: [{ start: 1.509, end: 4 }] });
    expect(read(silence, open, null)).toEqual({ kind: 'silence', spans: [{ start: 1.509, end: 1.997 }] });
  });

  test('silence from the start begins at 0, never before', () => {
    expect(read(silence, 'frame:0 pts:0 pts_time:0\nlavfi.silence_start=-0.00133333\n')).toMatchObject({
      spans: [{ start: 0, end: 4 }],
    });
  });
});

test('black is read as silence is, and nonsense is no time', () => {
  const black = { kind: 'black', minSeconds: 0.5 } as const;
  const text = `frame:50   pts:25600   pts_time:2
lavfi.black_start=2
frame:75   pts:38400   pts_time:3
lavfi.black_end=3
frame:80   pts:38400   pts_time:3.5
lavfi.black_start=nan
lavfi.black_end=inf
`;
  expect(read(black, text)).toEqual({ kind: 'black', spans: [{ start: 2, end: 3 }] });
  expect(read(black, 'lavfi.black_end=1\n')).toEqual({ kind: 'black', spans: [] });
});

describe('loudness', () => {
  const printed = (lufs: string, peak: string) => `frame:0    pts:0       pts_time:0
lavfi.r128.M=-120.691
lavfi.r128.I=-70.000
lavfi.astats.Overall.Peak_level=-31.000000
frame:20   pts:383931  pts_time:1.99964
lavfi.r128.M=-61.753
lavfi.r128.I=${lufs}
lavfi.r128.LRA=0.000
lavfi.astats.Overall.Peak_level=${peak}
`;
  test('the last values count', () => {
    expect(read({ kind: 'loudness' }, printed('-61.760', '-58.053056'))).toEqual({
      kind: 'loudness',
      lufs: -61.76,
      truePeakDb: -58.053056,
    });
  });

  test.each([
    ['-70.000', '-inf'],
    ['-inf', '-inf'],
    ['nan', 'nan'],
  ])('silence (%s, %s) has none', (lufs, peak) => {
    expect(read({ kind: 'loudness' }, printed(lufs, peak))).toEqual({ kind: 'loudness', lufs: null, truePeakDb: null });
  });

  test('a text that broke off is read as far as it goes', () => {
    expect(read({ kind: 'loudness' }, '')).toEqual({ kind: 'loudness', lufs: null, truePeakDb: null });
  });
});

describe('crop', () => {
  const picture = (
    n: number,
    frame: string,
    [x, y, w, h]: readonly number[],
  ) => `frame:${n}    pts:${n * 512}    pts_time:${n * 0.25}
kinoduct.frame=${frame}
lavfi.cropdetect.x1=${x}
lavfi.cropdetect.x2=319
lavfi.cropdetect.y1=${y}
lavfi.cropdetect.y2=279
lavfi.cropdetect.w=${w}
lavfi.cropdetect.h=${h}
lavfi.cropdetect.x=${x}
lavfi.cropdetect.y=${y}
`;
  const many = (count: number, box: readonly number[], frame = '320x320') =>
    Array.from({ length: count }, (_, n) => picture(n, frame, box)).join('');
  const rect = (text: string) => read({ kind: 'crop' }, text);

  test('bars above and below are found', () => {
    expect(rect(many(9, [0, 40, 320, 240]))).toEqual({ kind: 'crop', rect: { x: 0, y: 40, width: 320, height: 240 } });
  });

  test('dark scenes, black pictures and a single bright one do not move the borders', () => {
    const text = [
      many(12, [0, 40, 320, 240]),
      many(20, [100, 100, 50, 50]),
      many(5, [320, 320, -318, -318]),
      picture(99, '320x320', [0, 0, 320, 320]),
    ];
    expect(rect(text.join(''))).toMatchObject({ rect: { x: 0, y: 40, width: 320, height: 240 } });
  });

  test('nothing is cut where there is no border, a hair of one, or only black', () => {
    expect(rect(many(9, [0, 0, 320, 320]))).toEqual({ kind: 'crop', rect: null });
    expect(rect(many(9, [0, 0, 320, 240], '321x241'))).toEqual({ kind: 'crop', rect: null });
    expect(rect(many(9, [320, 320, -318, -318]))).toEqual({ kind: 'crop', rect: null });
    expect(rect('')).toEqual({ kind: 'crop', rect: null });
  });

  test('a rectangle never reaches beyond the picture', () => {
    expect(rect(many(9, [0, 40, 9999, 240]))).toMatchObject({ rect: { width: 320 } });
  });
});
