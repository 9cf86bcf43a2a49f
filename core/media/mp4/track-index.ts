/** The index of one track: when its pictures are shown, where it can be cut, and a row for each sample. */
import type { TrackIndex } from '../source-index.ts';
import { toBase64 } from './base64.ts';
import { boxesIn } from './boxes.ts';
import type { Movie, TrackBoxes } from './moov.ts';
import { type ByteRange, largestNumber, largestSample, rowBytes, writeRow } from './rows.ts';
import { countSamples, mostSamples, type Samples, samplesOf } from './samples.ts';
import { blocksOf, isSingleValues } from './single-values.ts';
import { type Timeline, timelineOf } from './timeline.ts';
import { concat } from './write-boxes.ts';

export interface IndexedTrack {
  readonly track: TrackIndex;
  readonly rows: Uint8Array;
}

/**
 * Looks at the first bytes of some sync samples: after how many pictures the picture is whole, 0 where they are key
 * pictures; null where it never is.
 */
export type LookAtKeys = (stsd: Uint8Array, places: readonly ByteRange[]) => Promise<number | null>;

/** No two of them are closer, so that the index of a long file stays small. */
const leastGapSeconds = { video: 0.5, audio: 2 } as const;

/** Pictures that may be decoded before another that is shown earlier: H.264 and H.265 allow sixteen. */
const mostReordered = 16;

type Syncs = TrackIndex['syncs'];

/**
 * Where decoding can start: what is decoded before it is shown before it, and what is decoded after the next one is shown
 * after it. A text where the pictures are in no such order.
 */
const syncsOf = (
  { shown, start }: Timeline,
  { sync, count }: Samples,
  { gap, recovery }: { readonly gap: number; readonly recovery: number },
): Syncs | string => {
  const found: Syncs = { rows: [], times: [] };
  let [latest, last, before] = [-Infinity, -Infinity, -Infinity];
  let [rowOfLast, timeOfLast] = [-Infinity, -Infinity];
  // Of pictures that are built up: nothing tells in which order, so twice as many are waited for.
  const ahead = recovery * 2;
  for (let n = 0; n < count; n += 1) {
    const time = shown[n] ?? 0;
    if (sync[n] && time > latest) {
      [before, last] = [last, time];
      const whole = found.rows.length === 0 ? n : n + ahead;
      const apart = recovery === 0 || n - rowOfLast > ahead + mostReordered;
      const wholeAt = shown[whole];
      if (wholeAt !== undefined && time - timeOfLast >= gap && apart) {
        found.rows.push(n);
        found.times.push(wholeAt);
        [rowOfLast, timeOfLast] = [n, time];
      }
    } else if (time <= before) return 'its pictures are not in the order that key pictures ask for';
    latest = Math.max(latest, time);
  }
  return (found.times[0] ?? Infinity) <= start ? found : 'its first picture is no key picture';
};

const protectedTypes: ReadonlySet<string> = new Set(['encv', 'enca', 'drmi', 'drms']);

/** What can be told before the samples are looked at. */
const refusalOf = (view: DataView, boxes: TrackBoxes, fileBytes: number): string | undefined => {
  const stsd = new DataView(boxes.stsd.buffer, boxes.stsd.byteOffset, boxes.stsd.byteLength);
  const entries = boxesIn(stsd, 16);
  if (entries.some(({ type }) => protectedTypes.has(type))) return 'it is encrypted';
  if (entries.length !== 1) return 'it changes how it is encoded on its way';
  if (!boxes.selfContained) return 'its samples lie in another file';
  const most = isSingleValues(view, boxes) ? fileBytes : Math.min(mostSamples, fileBytes);
  if (countSamples(view, boxes) > most) return 'it claims more samples than it can have';
  if (boxes.timescale === 0) return 'its times have no unit';
  return undefined;
};

/** What the samples themselves say. */
const refusalOfSamples = (
  { count, offsets, sizes, descriptions, decoded }: Samples,
  fileBytes: number,
): string | undefined => {
  let sum = 0;
  for (let n = 0; n < count; n += 1) {
    const [offset, size] = [offsets[n] ?? 0, sizes[n] ?? 0];
    if (offset + size > fileBytes) return 'some of its samples lie beyond the end of the file';
    if (descriptions[n] !== 1) return 'it changes how it is encoded on its way';
    if (size > largestSample) return 'one of its samples is too large';
    sum += size;
  }
  if (sum > fileBytes) return 'its samples lie one in another';
  return (decoded.at(-1) ?? 0) > largestNumber / 2 ? 'its times are too large' : undefined;
};

const rowsOf = (samples: Samples, { shown, moved }: Timeline): Uint8Array => {
  const rows = new Uint8Array(samples.count * rowBytes);
  const view = new DataView(rows.buffer);
  for (let n = 0; n < samples.count; n += 1)
    writeRow(view, n * rowBytes, {
      offset: samples.offsets[n] ?? 0,
      bytes: samples.sizes[n] ?? 0,
      sync: samples.sync[n] === 1,
      decoded: (samples.decoded[n] ?? 0) + moved,
      shown: shown[n] ?? 0,
    });
  return rows;
};

const lookedAt = 5;

/** Some of them, evenly spread, the first and the last among them. */
const someOf = (syncs: Syncs, { offsets, sizes }: Samples): ByteRange[] => {
  const step = Math.max(1, (syncs.rows.length - 1) / (lookedAt - 1));
  const rows = new Set(Array.from({ length: lookedAt }, (_, n) => syncs.rows[Math.round(n * step)]));
  return [...rows].flatMap((row) =>
    row === undefined ? [] : [{ start: offsets[row] ?? 0, end: (offsets[row] ?? 0) + (sizes[row] ?? 0) }],
  );
};

/** H.263 was seen to list pictures as key pictures which are none, and nothing here can look at them. */
const untoldTypes: ReadonlySet<string> = new Set(['s263', 'h263', 'H263']);

const isTold = ({ stsd }: TrackBoxes, { sync }: Samples): boolean => {
  const [entry] = boxesIn(new DataView(stsd.buffer, stsd.byteOffset, stsd.byteLength), 16);
  return !untoldTypes.has(entry?.type ?? '') || sync.every((is) => is === 1);
};

const indexSamples = async (
  samples: Samples,
  timeline: Timeline,
  { boxes, look }: { readonly boxes: TrackBoxes; readonly look: LookAtKeys },
): Promise<Syncs | string> => {
  const gap = leastGapSeconds[boxes.kind ?? 'audio'] * boxes.timescale;
  const claimed = syncsOf(timeline, samples, { gap, recovery: 0 });
  if (typeof claimed === 'string' || boxes.kind !== 'video') return claimed;
  if (!isTold(boxes, samples)) return 'nothing tells whether what it lists as key pictures are some';
  const recovery = await look(boxes.stsd, someOf(claimed, samples));
  if (recovery === null) return 'what it lists as key pictures are none';
  return recovery === 0 ? claimed : syncsOf(timeline, samples, { gap, recovery });
};

/** Undefined where there is nothing to index: neither picture nor sound, or not a single sample. */
export const indexTrack = async (
  view: DataView,
  movie: Movie,
  boxes: TrackBoxes,
  context: { readonly fileBytes: number; readonly firstRow: number; readonly look: LookAtKeys },
): Promise<IndexedTrack | undefined> => {
  const { kind, timescale, place: stream } = boxes;
  const { fileBytes, firstRow } = context;
  if (!kind) return undefined;
  let samples = 1;
  const common = { stream, kind, timescale: Math.max(1, timescale), firstRow };
  const refuse = (refused: string): IndexedTrack => ({
    track: {
      ...common,
      samples,
      start: 0,
      end: 0,
      longest: 0,
      syncs: { rows: [], times: [] },
      bytes: 0,
      boxes: '',
      refused,
    },
    rows: new Uint8Array(),
  });
  try {
    samples = countSamples(view, boxes);
    if (samples === 0) return undefined;
    const refused = refusalOf(view, boxes, fileBytes);
    if (refused) return refuse(refused);
    const listed = isSingleValues(view, boxes) ? blocksOf(view, boxes) : samplesOf(view, boxes);
    if (!listed) return refuse('its sound is stored value by value, and nothing tells how large those are');
    samples = listed.count;
    const problem = refusalOfSamples(listed, fileBytes);
    if (problem) return refuse(problem);
    const timeline = timelineOf(movie, boxes, listed);
    if (typeof timeline === 'string') return refuse(timeline);
    const syncs = await indexSamples(listed, timeline, { boxes, look: context.look });
    if (typeof syncs === 'string') return refuse(syncs);
    const { start, end, longest } = timeline;
    const bytes = listed.sizes.reduce((sum, size) => sum + size, 0);
    const described = toBase64(concat([boxes.tkhd, boxes.hdlr, boxes.stsd]));
    return {
      track: { ...common, samples, start, end, longest, syncs, bytes, boxes: described, refused: null },
      rows: rowsOf(listed, timeline),
    };
  } catch (error) {
    // What a table says of itself cannot be.
    if (error instanceof RangeError) return refuse('its tables do not hold together');
    throw error;
  }
};
