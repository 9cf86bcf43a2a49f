import type { Recipe } from '../ffmpeg/recipe.ts';
import { spriteTrack } from '../ffmpeg/sprite-track.ts';
import { defineOutput } from './define-output.ts';
import { countIn, gridFilters, jpegSeries, lengthOf, numbered } from './grid.ts';
import { filmOf, pictureBranch } from './picture.ts';
import { windowOf } from './window.ts';

const defaults = { tileWidth: 160, columns: 10 } as const;
/** As many tiles as are made where nothing is said, and as lie on one sheet: a player loads a sheet at a time. */
const goodTiles = 100;
const leastEvery = 1;
const mostTiles = 5000;
/** Pixels of a sheet: of a side, and of the whole. Decoders of phones give up above it. */
const sheetLimits = { side: 8192, area: 16_777_216 } as const;

/** Columns and rows of a sheet. */
const sheetOf = (tile: { width: number; height: number }, count: number, asked: number) => {
  const columns = Math.max(1, Math.min(asked, count, Math.floor(sheetLimits.side / tile.width)));
  const rows = Math.min(
    Math.ceil(count / columns),
    Math.floor(goodTiles / columns),
    Math.floor(sheetLimits.side / tile.height),
    Math.floor(sheetLimits.area / (columns * tile.width * tile.height)),
  );
  return { columns, rows: Math.max(1, rows) };
};

/** Tenths of a second, so that the times of the track are round. */
const defaultEvery = (seconds: number): number => Math.max(leastEvery, Math.ceil((seconds / goodTiles) * 10) / 10);

export const sprite = defineOutput({
  type: 'sprite',
  summary:
    'A storyboard: small pictures side by side on sheets, with a WebVTT track that tells a player which is when.',
  examples: [
    { title: 'A tile every quarter second, with its track', output: { type: 'sprite', every: 0.25, vtt: true } },
    { title: 'Larger tiles, four in a row', output: { type: 'sprite', every: 0.5, tileWidth: 240, columns: 4 } },
  ],
  unsupported: ({ every }) => (every === undefined || every >= 0.1 ? undefined : '"every" must be at least 0.1 s'),
  plan: (context): Recipe => {
    const { name, output, source } = context;
    filmOf(source);
    const window = windowOf(source, {});
    const seconds = lengthOf(source, window);
    const every = output.every ?? defaultEvery(seconds);
    const count = countIn(seconds, every, mostTiles);
    const size = { width: output.tileWidth ?? defaults.tileWidth };
    // Each tile shows the middle of its time.
    const grid = { first: Math.min(every, seconds) / 2, every, count };
    const picture = pictureBranch(source, { ...context, size, window, finish: [] });
    const { width, height } = picture.resize;
    const { columns, rows } = sheetOf({ width, height }, count, output.columns ?? defaults.columns);
    const sheets = Math.ceil(count / (columns * rows));
    const files = jpegSeries(name, sheets);
    const { prefix, suffix, contentType, codec } = files;
    const expects = { video: { codec, width: width * columns, height: height * rows }, audio: null, minFrames: 1 };
    const track = spriteTrack({
      count,
      every,
      seconds,
      tile: { width, height, columns, rows },
      file: (sheet) => numbered(name, sheet + 1, suffix),
    });
    return {
      kind: 'bundle',
      output: name,
      source,
      window,
      branches: [
        {
          kind: 'branch',
          output: name,
          source,
          window,
          picture: {
            ...picture,
            edits: [...gridFilters(grid), ...picture.edits],
            finish: ['setsar=1', `trim=end_frame=${count}`, `tile=${columns}x${rows}`, files.pixels],
          },
          encode: files.encode,
          series: { prefix, suffix, contentType, expects, least: sheets, most: sheets },
          publish: false,
          file: files.pattern,
          contentType,
          expects,
        },
      ],
      documents: output.vtt
        ? [{ file: `${name}.vtt`, contentType: 'text/vtt', expects: {}, document: { kind: 'text', text: track } }]
        : [],
      main: numbered(name, 1, suffix),
    };
  },
});
