/**
 * What a minute of film costs on AWS, by what is made of it and where: the product's own planner, predictions and price
 * table. Nothing is encoded: `npm run bench -- cost`.
 */
import type { Probe } from '#core/media/probe.ts';
import { ladderOf } from '#core/media/ladder.ts';
import type { Capacity } from '#core/planner/capacity.ts';
import type { Optimize } from '#core/planner/placement.ts';
import { previewOf } from '#core/planner/preview.ts';
import { listPrices, priceTable } from '#core/planner/prices.ts';
import { predictAudio, predictProbe, predictVideo } from '#core/outputs/predict.ts';
import { anIndex, aPictureIndex, aSoundIndex } from '#test/support/indexes.ts';
import { planOf } from '#test/support/plans.ts';
import { aFetchTask } from '#test/support/records.ts';
import { type Bar, writeBars } from './bars.ts';
import { rounded } from './measure.ts';
import { startReport } from './report.ts';
import { colors } from './svg.ts';

const minutes = 10;
const seconds = minutes * 60;
const fps = { num: 30, den: 1 };
const size = { width: 1920, height: 1080 };
const bytes = seconds * 1_000_000;

/** 1080p, thirty pictures and a megabyte a second. */
const film: Probe = {
  ...predictProbe({
    container: 'mov',
    seconds,
    video: predictVideo({ ...size, codec: 'h264', fps, seconds }),
    audio: { ...predictAudio({ index: 1, codec: 'aac', channels: 2, sampleRate: 48_000, seconds }), bitrate: 128_000 },
  }),
  bytes,
};
const index = anIndex(aPictureIndex({ samples: seconds * 30 }), aSoundIndex(seconds, { firstRow: seconds * 30 }));

const mp4 = (shortSide: number) => ({ type: 'video', size: { shortSide }, encode: 'mp4' });
const stream = { type: 'stream', formats: ['hls', 'dash'] };
const ladder = ladderOf(size, fps, 'auto').rungs.map((rung) => Math.min(rung.width, rung.height));

/** What is made, and the short sides of its renditions. */
const sets: readonly { label: string; outputs: Record<string, unknown>; sides: readonly number[] }[] = [
  { label: 'MP4, 480p', outputs: { film: mp4(480) }, sides: [480] },
  { label: 'MP4, 720p', outputs: { film: mp4(720) }, sides: [720] },
  { label: 'MP4, 1080p', outputs: { film: mp4(1080) }, sides: [1080] },
  { label: `HLS and DASH, ${ladder.join(', ')}`, outputs: { stream }, sides: ladder },
  {
    label: 'the same, an MP4 of 720p, a poster, a storyboard and the sound',
    outputs: { stream, film: mp4(720), poster: 'thumb', board: 'storyboard', sound: 'm4a' },
    sides: [...ladder, 720],
  },
];

const lambda = { memoryMb: 3008, storageMb: 10_240, concurrency: 1000, share: 0.5, architecture: 'x86_64' } as const;
/** As large as most sources here, so that one function is too small for them. */
const noRoom = { ...lambda, storageMb: 512 };
const spot = (is: boolean) => ({ vcpus: 4, concurrentVcpus: 100, spot: is, architecture: 'x86_64' }) as const;
type Aws = Extract<Capacity, { kind: 'aws' }>;

interface Place {
  readonly label: string;
  readonly color: string;
  readonly capacity: Aws;
  readonly optimize: Optimize;
  readonly isCut: boolean;
}
const aws = (of: Omit<Aws, 'kind'>): Aws => ({ kind: 'aws', ...of });
const places: readonly Place[] = [
  {
    label: 'Lambda, in pieces',
    color: colors.ours,
    capacity: aws({ lambda, fargate: null }),
    optimize: 'speed',
    isCut: true,
  },
  {
    label: 'Lambda, arm64, in pieces',
    color: '#22a6b8',
    capacity: aws({ lambda: { ...lambda, architecture: 'arm64' }, fargate: null }),
    optimize: 'speed',
    isCut: true,
  },
  {
    label: 'Lambda, one function',
    color: colors.second,
    capacity: aws({ lambda: { ...lambda, memoryMb: 10_240 }, fargate: null }),
    optimize: 'cost',
    isCut: false,
  },
  {
    label: 'Fargate',
    color: '#e67700',
    capacity: aws({ lambda: noRoom, fargate: spot(false) }),
    optimize: 'cost',
    isCut: false,
  },
  {
    label: 'Fargate Spot',
    color: '#f4b860',
    capacity: aws({ lambda: noRoom, fargate: spot(true) }),
    optimize: 'cost',
    isCut: false,
  },
];

/** Dollars for a minute of the source, and seconds until it is done; a text where it does not fit. */
const priced = (outputs: Record<string, unknown>, { capacity, optimize, isCut }: Place) => {
  const cutting = { capacity, prices: listPrices, indexes: { source: index }, leastChunkSeconds: 10 };
  const plan = planOf(outputs, { source: film }, { rest: { optimize }, ...(isCut && { cutting }) });
  const made = previewOf({
    plan,
    fetches: [aFetchTask({ input: 'source' })],
    imports: [],
    probes: { source: film },
    kept: new Set(Object.keys(outputs)),
    deliveries: 0,
    billing: { capacity, prices: listPrices },
    ...(optimize === undefined ? {} : { optimize }),
  });
  const usd = made.cost.estimate ?? NaN;
  return {
    usdPerMinute: usd / minutes,
    seconds: made.predicted.seconds.expected,
    tasks: plan.tasks.length,
    engines: [...new Set(made.tasks.flatMap(({ placement }) => placement?.engine ?? []))],
    items: made.cost.items,
    /** Null where it fits. */
    problem: made.warnings[0] ?? null,
  };
};

/** An output of less than 720 lines is one "normalized minute" a minute, one of up to 1080 is two. */
const converted = (sides: readonly number[]): number =>
  sides.reduce((sum, side) => sum + listPrices.mediaconvertHdMinute * (side < 720 ? 0.5 : 1), 0);

const report = startReport('cost');
const all = sets.map((set) => ({
  ...set,
  mediaConvert: converted(set.sides),
  places: places.map((place) => ({ label: place.label, color: place.color, ...priced(set.outputs, place) })),
}));

const cents = (usd: number): string => `${(usd * 100).toFixed(2)} ¢`;
const short = (problem: string | null): string | undefined =>
  problem === null ? undefined : problem.includes('15 minutes') ? 'more than 15 minutes' : 'does not fit';

await writeBars('cost', {
  title: 'What a minute of film costs on AWS',
  subtitle: `From ${minutes} minutes of 1080p, x264 medium; list prices of us-east-1 of ${listPrices.asOf}, storage for a month included`,
  panels: [{ title: 'US cents for a minute of the source', told: cents }],
  groups: all.map(({ label, places: of, mediaConvert }) => ({
    label,
    bars: [
      ...of.map(
        ({ label: place, color, usdPerMinute, problem }): Bar => ({
          label: place,
          color,
          values: [short(problem) ?? usdPerMinute],
        }),
      ),
      { label: 'MediaConvert, basic', color: colors.other, values: [mediaConvert] },
    ],
  })),
  names: 190,
});

const ratios = all.map(({ places: [inPieces], mediaConvert }) => (inPieces?.usdPerMinute ?? NaN) / mediaConvert);
await report({
  title: 'What a minute of film costs on AWS',
  how: `A film of ${minutes} minutes (1920x1080, 30 pictures a second, 8 Mbit/s, H.264 and AAC) as the planner places, predicts and prices it (\`core/planner\`), with the presets' own x264 medium; pieces of ten seconds or more in functions of 3008 MB, one function of 10,240 MB, Fargate of at most 4 vCPU. US cents for a minute of the source, everything of the job included: requests, transitions, the database, and a month of storage. MediaConvert: [list price](${priceTable.mediaconvertHdMinute.source}) of its basic tier (AVC, one pass, up to 30 pictures a second), $${listPrices.mediaconvertHdMinute} for a minute of 720 to 1080 lines and half of that below; its sound, storage and volume discounts are left out. Predictions come from CPU seconds that were measured (\`core/planner/calibration.ts\`); nothing was run on AWS.`,
  plot: 'US cents for a minute of the source, by what is made and where, beside MediaConvert',
  rows: [
    {
      what: 'in pieces on Lambda, by the list price of MediaConvert, over what is made',
      measured: `× ${rounded(Math.min(...ratios), 2)} to × ${rounded(Math.max(...ratios), 2)}`,
      target: '-',
      met: true,
    },
  ],
  tables: [
    {
      title: 'US cents for a minute of the source',
      head: ['', ...places.map(({ label }) => label), 'MediaConvert'],
      rows: all.map(({ label, places: of, mediaConvert }) => [
        label,
        ...of.map(({ usdPerMinute, problem }) => short(problem) ?? rounded(usdPerMinute * 100, 3).toString()),
        rounded(mediaConvert * 100, 3).toString(),
      ]),
    },
    {
      title: 'Seconds until all of it is there, predicted',
      head: ['', ...places.map(({ label }) => label)],
      rows: all.map(({ label, places: of }) => [
        label,
        ...of.map(({ seconds: until, problem }) => short(problem) ?? rounded(until, 0).toString()),
      ]),
    },
  ],
  raw: { film: { minutes, bytes, ...size }, prices: listPrices, sets: all },
});
