/** Reads a joined file's head back, with the reader of sources and not with what wrote it, and compares. */
import { Failure } from '../../failures.ts';
import { boxesIn } from './boxes.ts';
import {
  factsOf,
  type JoinFacts,
  type JoinPiece,
  type JoinPieces,
  type Laid,
  layoutOf,
  listedOf,
  type Span,
} from './join.ts';
import { type Movie, parseMovie, type TrackBoxes } from './moov.ts';
import { type Samples, samplesOf } from './samples.ts';
import type { Row } from './rows.ts';
import { type SliceFile, smallFile } from './slice.ts';
import { type Timeline, timelineOf } from './timeline.ts';

export interface JoinCheck extends JoinFacts {
  /** Every sample of the pieces is there once, lies where it lay in its piece, and is shown when it was there. */
  readonly timesEqual: boolean;
  /** What does not hold, in plain words; empty where all does. */
  readonly problems: readonly string[];
}

interface ReadTrack {
  readonly boxes: TrackBoxes;
  readonly samples: Samples;
  readonly timeline: Timeline;
}

/** What the head of a joined file says. */
export interface JoinedHead {
  readonly bytes: number;
  readonly movie: Movie;
  readonly picture: ReadTrack;
  readonly sound: ReadTrack | undefined;
}

const unreadable = (detail: string, cause?: unknown): Failure =>
  new Failure('encode.verify_failed', { detail, phase: 'checking' }, { cause });

const readTrack = (view: DataView, movie: Movie, boxes: TrackBoxes): ReadTrack => {
  const samples = samplesOf(view, boxes);
  const timeline = timelineOf(movie, boxes, samples);
  if (typeof timeline === 'string') throw unreadable(`A track of the joined file: ${timeline}.`);
  return { boxes, samples, timeline };
};

/** `head` is the start of the written object. Fails with `encode.verify_failed` where it cannot be read at all. */
export const readJoined = (head: Uint8Array): JoinedHead => {
  const whole = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const box = boxesIn(whole).find(({ type }) => type === 'moov');
  if (!box) throw unreadable('The joined file has no moov.');
  const view = new DataView(head.buffer, head.byteOffset + box.start - 8, box.end - box.start + 8);
  const movie = parseMovie(view);
  try {
    const [first, second] = movie?.tracks ?? [];
    if (!movie || first?.kind !== 'video') throw unreadable('The joined file has no picture.');
    const sound = second && readTrack(view, movie, second);
    return { bytes: head.length, movie, picture: readTrack(view, movie, first), sound };
  } catch (error) {
    if (error instanceof RangeError) throw unreadable('The tables of the joined file do not hold together.', error);
    throw error;
  }
};

/** The first thing that is not as the pieces say. */
const problemOf = (
  { samples, timeline }: ReadTrack,
  pieces: readonly JoinPiece[],
  places: readonly number[],
): string | undefined => {
  let n = 0;
  for (const [index, piece] of pieces.entries()) {
    const { table } = piece;
    const [first, end] = listedOf(piece);
    for (let k = first; k < end; k += 1, n += 1) {
      if (n >= samples.count) return `there are only ${samples.count} samples`;
      if (samples.sizes[n] !== table.sizes[k]) return `sample ${n} has another size`;
      if (samples.offsets[n] !== (places[index] ?? 0) + (table.offsets[k] ?? 0)) return `sample ${n} lies elsewhere`;
      if (samples.sync[n] !== table.sync[k]) return `sample ${n} is no key picture, or it is one`;
      if (timeline.shown[n] !== table.shown[k]) return `sample ${n} is shown at another time`;
    }
  }
  return n === samples.count ? undefined : `there are ${samples.count} samples instead of ${n}`;
};

const placesOf = (layout: readonly Laid[], of: keyof JoinPieces, headBytes: number): number[] => {
  const places: number[] = [];
  for (const laid of layout) if (laid.of === of) places[laid.piece] = headBytes + laid.at;
  return places;
};

const spanOf = ({ timeline: { start, end }, boxes: { timescale } }: ReadTrack): Span => ({
  startSeconds: start / timescale,
  endSeconds: end / timescale,
});

/** What the header says, and what the samples of the longer track say: apart by less than half a picture. */
const lengthProblem = ({ movie, picture }: JoinedHead, seconds: number): string[] => {
  const half = picture.timeline.longest / picture.boxes.timescale / 2;
  const said = movie.ticks / movie.timescale;
  return Math.abs(said - seconds) <= half ? [] : [`it says that it lasts ${said} s, and lasts ${seconds} s`];
};

export const checkJoined = (head: JoinedHead, pieces: JoinPieces): JoinCheck => {
  const layout = layoutOf(pieces);
  const { picture, sound } = head;
  const compared = [
    problemOf(picture, pieces.picture, placesOf(layout, 'picture', head.bytes)),
    sound ? problemOf(sound, pieces.sound, placesOf(layout, 'sound', head.bytes)) : undefined,
    !sound === (pieces.sound.length === 0) ? undefined : 'the sound is missing',
  ].filter((problem) => problem !== undefined);
  const facts = factsOf(picture.samples.count, spanOf(picture), sound ? spanOf(sound) : null);
  const problems = [...compared, ...lengthProblem(head, facts.durationSeconds)];
  return { ...facts, timesEqual: compared.length === 0, problems };
};

/** The first pictures, and those behind joins, as one small MP4 of the joined object; they must decode without an error. */
export interface JoinSlice extends SliceFile {
  /** How many joins are in it. */
  readonly joins: number;
}

const picturesBehind = 8;

const rowsBetween = ({ samples, timeline }: ReadTrack, first: number, end: number): (Row & { description: number })[] =>
  Array.from({ length: end - first }, (_, k) => {
    const n = first + k;
    return {
      offset: samples.offsets[n] ?? 0,
      bytes: samples.sizes[n] ?? 0,
      sync: samples.sync[n] === 1,
      decoded: samples.decoded[n] ?? 0,
      shown: timeline.shown[n] ?? 0,
      description: samples.descriptions[n] ?? 1,
    };
  });

/** Some of them, from the first to the last. */
const spread = (all: readonly number[], count: number): readonly number[] =>
  all.filter(
    (_, n) =>
      all.length <= count || Math.floor((n * count) / all.length) !== Math.floor(((n - 1) * count) / all.length),
  );

/**
 * The first pictures of the film and of pieces behind so many joins: each begins with a key picture, so that one decoder
 * reads them all. What comes before a join is not decoded for its sake: its piece was checked, and that its bytes lie
 * where they should is seen by what follows them.
 */
export const joinSlice = ({ picture }: JoinedHead, pieces: JoinPieces, most: number): JoinSlice => {
  const { samples, boxes } = picture;
  let frame = 0;
  const frames = pieces.picture.slice(0, -1).map((piece) => {
    const [first, end] = listedOf(piece);
    frame += end - first;
    return frame;
  });
  const joins = spread(frames, most);
  const rows = [0, ...joins].flatMap((at, n) =>
    rowsBetween(picture, at, Math.min(samples.count, joins[n] ?? Infinity, at + picturesBehind)),
  );
  const track = { kind: 'video', timescale: boxes.timescale, start: -Infinity, end: Infinity } as const;
  return {
    ...smallFile({ ...track, tkhd: boxes.tkhd, hdlr: boxes.hdlr, stsd: boxes.stsd }, rows),
    joins: joins.length,
  };
};
