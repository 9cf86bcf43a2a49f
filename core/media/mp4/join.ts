/** One MP4 out of pieces: a `moov` in front, and behind it the pieces byte for byte, so that a store can copy them. */
import { Failure } from '../../failures.ts';
import { withoutBitRates } from './bit-rates.ts';
import type { SampleTable } from './sample-table.ts';
import { concat, fullBox, u32 } from './write-boxes.ts';
import { type Chunk, nothingShown, progressiveHead, type TrackToWrite } from './write-moov.ts';

export interface JoinPiece {
  readonly table: SampleTable;
  /** Samples that are not listed: their bytes stay in the file and nobody reads them. */
  readonly drop?: { readonly first: number; readonly last: number } | undefined;
}

export interface JoinPieces {
  readonly picture: readonly JoinPiece[];
  readonly sound: readonly JoinPiece[];
}

/** When a track starts and ends, in seconds of the presentation. */
export interface Span {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

export interface JoinFacts {
  readonly frames: number;
  readonly durationSeconds: number;
  readonly picture: Span;
  readonly sound: Span | null;
  /** The sound's end less the picture's. */
  readonly soundOffsetSeconds: number | null;
}

/** A whole piece, and where it lies behind the head. */
export interface Laid {
  readonly of: keyof JoinPieces;
  readonly piece: number;
  readonly bytes: number;
  readonly at: number;
}

export interface Joined {
  /** `ftyp`, `moov` and the start of `mdat`. */
  readonly head: Uint8Array;
  /** Whole pieces, in this order behind the head. */
  readonly layout: readonly Laid[];
  /** Of the whole file. */
  readonly bytes: number;
  readonly facts: JoinFacts;
}

const broken = (detail: string): Failure => new Failure('encode.verify_failed', { detail, phase: 'checking' });

/** The samples of a piece that are listed: from the first up to but without the last. */
export const listedOf = ({ table, drop }: JoinPiece): [number, number] => {
  const range: [number, number] = [drop?.first ?? 0, table.sizes.length - (drop?.last ?? 0)];
  if (range[0] >= range[1]) throw broken('A piece has no sample left.');
  return range;
};

const startOf = (piece: JoinPiece): number => {
  const [first, end] = listedOf(piece);
  return piece.table.shown.subarray(first, end).reduce((least, time) => Math.min(least, time), Infinity);
};

/** In the order of time; where a picture and its sound start together, the picture comes first. */
export const layoutOf = (pieces: JoinPieces): Laid[] => {
  const all = (['picture', 'sound'] as const).flatMap((of) =>
    pieces[of].map((piece, n) => ({
      of,
      piece: n,
      bytes: piece.table.bytes,
      seconds: startOf(piece) / piece.table.timescale,
    })),
  );
  all.sort((a, b) => a.seconds - b.seconds || (a.of === b.of ? a.piece - b.piece : a.of === 'picture' ? -1 : 1));
  let next = 0;
  return all.map(({ of, piece, bytes }) => {
    next += bytes;
    return { of, piece, bytes, at: next - bytes };
  });
};

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, n) => byte === b[n]);

/** What describes the samples, of all pieces: once where they agree but for their bit rates, else one entry each. */
const describe = (pieces: readonly JoinPiece[]): { readonly stsd: Uint8Array; readonly ids: readonly number[] } => {
  const found: Uint8Array[] = [];
  const compared: Uint8Array[] = [];
  const ids = pieces.map(({ table: { stsd } }) => {
    const plain = withoutBitRates(stsd);
    const at = compared.findIndex((other) => sameBytes(other, plain));
    if (at >= 0) return at + 1;
    compared.push(plain);
    return found.push(stsd);
  });
  const [first] = found;
  if (first && found.length === 1) return { stsd: first, ids };
  // Behind the header of the box, its version and its count.
  const entries = concat(found.map((stsd) => stsd.subarray(16)));
  return { stsd: fullBox('stsd', 0, 0, u32([found.length]), entries), ids };
};

interface Columns {
  readonly sizes: Uint32Array;
  /** When each is shown, as the pieces say. */
  readonly shown: Float64Array;
  readonly sync: Uint8Array;
  /** How long the last one lasts. */
  readonly lastTicks: number;
  readonly chunks: readonly Chunk[];
}

/** The samples of one track, piece after piece. Fails where they overlap. */
const columnsOf = (pieces: readonly JoinPiece[], places: readonly number[], ids: readonly number[]): Columns => {
  const count = pieces.reduce((sum, piece) => sum + listedOf(piece)[1] - listedOf(piece)[0], 0);
  const [sizes, shown, sync] = [new Uint32Array(count), new Float64Array(count), new Uint8Array(count)];
  const chunks: { at: number; samples: number; description: number }[] = [];
  let [n, latest, lastTicks] = [0, -Infinity, 0];
  for (const [index, piece] of pieces.entries()) {
    const { table } = piece;
    const [first, end] = listedOf(piece);
    if (!table.sync[first]) throw broken('A piece does not start with a key picture.');
    const before = latest;
    let follows = NaN;
    for (let k = first; k < end; k += 1) {
      const [size, time, at] = [
        table.sizes[k] ?? 0,
        table.shown[k] ?? 0,
        (places[index] ?? 0) + (table.offsets[k] ?? 0),
      ];
      if (time <= before) throw broken('Two pieces overlap.');
      latest = Math.max(latest, time);
      lastTicks = table.durations[k] ?? 0;
      [sizes[n], shown[n], sync[n]] = [size, time, table.sync[k] ?? 0];
      const chunk = chunks.at(-1);
      if (chunk && at === follows) chunk.samples += 1;
      else chunks.push({ at, samples: 1, description: ids[index] ?? 1 });
      follows = at + size;
      n += 1;
    }
  }
  return { sizes, shown, sync, lastTicks, chunks };
};

interface TrackPlan {
  readonly track: Omit<TrackToWrite, 'edits'>;
  /** Ticks of the track: when it starts to be shown, for how long, and from where in its media. */
  readonly delay: number;
  readonly length: number;
  readonly from: number;
}

/**
 * Decoded is in the order of showing: the k-th to be decoded when the k-th is shown, so that it never runs backwards.
 * Composition offsets are then made positive, and the edit starts where the first picture is shown. What is shown before
 * 0, which is what an encoder of sound needs to start, is not shown at all.
 */
const trackPlan = (pieces: readonly JoinPiece[], places: readonly number[]): TrackPlan => {
  const table = pieces[0]?.table;
  if (!table) throw new TypeError('a track has pieces');
  if (pieces.some(({ table: other }) => other.timescale !== table.timescale || other.kind !== table.kind))
    throw broken('The pieces do not count time in the same way.');
  const { stsd, ids } = describe(pieces);
  const { shown, ...columns } = columnsOf(pieces, places, ids);
  const decoded = shown.toSorted();
  const [first, latest] = [decoded[0] ?? 0, decoded.at(-1) ?? 0];
  const end = latest + columns.lastTicks;
  let sooner = 0;
  for (let n = 0; n < shown.length; n += 1) {
    if (n > 0 && decoded[n] === decoded[n - 1]) throw broken('Two pictures are shown at the same time.');
    sooner = Math.min(sooner, (shown[n] ?? 0) - (decoded[n] ?? 0));
  }
  const later = shown.map((time, n) => time - (decoded[n] ?? 0) - sooner);
  const { kind, timescale, language, tkhd, hdlr } = table;
  const hidden = Math.max(0, -first);
  return {
    track: {
      kind,
      timescale,
      language,
      tkhd,
      hdlr,
      stsd,
      ...columns,
      decoded: decoded.map((time) => time - first),
      later,
    },
    delay: Math.max(0, first),
    length: end - Math.max(0, first),
    from: hidden - sooner,
  };
};

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));

const mostTimescale = 2 ** 31 - 1;

/**
 * The unit of the movie, in which edits are counted: that of the picture, so that its own are exact. A sound that starts
 * late between two such ticks needs a unit that both have, and gets it unless that is too fine for a player.
 */
const movieTimescale = (tracks: readonly TrackPlan[]): number => {
  const [picture = 1, sound = picture] = tracks.map(({ track }) => track.timescale);
  if (tracks.every(({ delay, track }) => (delay * picture) % track.timescale === 0)) return picture;
  const common = (picture / greatestDivisor(picture, sound)) * sound;
  return common <= mostTimescale ? common : picture;
};

const withEdits = ({ track, delay, length, from }: TrackPlan, timescale: number): TrackToWrite => {
  const ticks = (value: number): number => Math.round((value * timescale) / track.timescale);
  const empty = delay > 0 ? [{ ticks: ticks(delay), from: nothingShown }] : [];
  return { ...track, edits: [...empty, { ticks: Math.max(1, ticks(length)), from }] };
};

const spanOf = ({ track: { timescale }, delay, length }: TrackPlan): Span => ({
  startSeconds: delay / timescale,
  endSeconds: (delay + length) / timescale,
});

export const factsOf = (frames: number, picture: Span, sound: Span | null): JoinFacts => ({
  frames,
  durationSeconds: Math.max(picture.endSeconds, sound?.endSeconds ?? 0),
  picture,
  sound,
  soundOffsetSeconds: sound && sound.endSeconds - picture.endSeconds,
});

/** Fails with `encode.verify_failed` where the pieces do not make one film. */
export const joinedFile = (pieces: JoinPieces): Joined => {
  const layout = layoutOf(pieces);
  const placesOf = (of: keyof JoinPieces): number[] => {
    const places: number[] = [];
    for (const laid of layout) if (laid.of === of) places[laid.piece] = laid.at;
    return places;
  };
  const picture = trackPlan(pieces.picture, placesOf('picture'));
  const sound = pieces.sound.length > 0 ? trackPlan(pieces.sound, placesOf('sound')) : undefined;
  const plans = sound ? [picture, sound] : [picture];
  const timescale = movieTimescale(plans);
  const mdatBytes = layout.reduce((sum, { bytes }) => sum + bytes, 0);
  const head = progressiveHead(
    plans.map((plan) => withEdits(plan, timescale)),
    timescale,
    mdatBytes,
  );
  return {
    head,
    layout,
    bytes: head.length + mdatBytes,
    facts: factsOf(picture.track.sizes.length, spanOf(picture), sound ? spanOf(sound) : null),
  };
};
