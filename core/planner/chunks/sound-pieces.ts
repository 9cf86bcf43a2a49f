/**
 * Sound in pieces, where one would be waited for after the pictures are there. Every piece is encoded with some of the sound
 * before and after it, and those packets are left out when it is joined: measured, no piece can be heard to start. Of ten
 * hours even a copy takes longer than the pictures: its pieces are packets as they are.
 */
import type { Branch, Source, Window } from '../../ffmpeg/recipe.ts';
import type { Piece } from '../../job/plan.ts';
import { planSlice, soundLead } from '../../media/mp4/slice.ts';
import type { SourceIndex, TrackIndex } from '../../media/source-index.ts';
import { soundCopyCost, soundCost, soundDecodingCost } from '../calibration.ts';
import { timelineOf } from './timeline.ts';

/** Samples of a packet of AAC. */
const packet = 1024;
/** Packets before and after those that are kept: 8 are as good as 32. */
const [before, after] = [8, 3];
const leastSeconds = 60;

export type SoundPiece = {
  readonly number: number;
  readonly source: Source;
  /** What is cut out of the slice, in place of what keeps a whole sound in step. */
  readonly filters: readonly string[];
  readonly seconds: number;
  /** Seconds at which it starts. */
  readonly from: number;
} & Pick<Piece, 'drop' | 'samples'>;

/** True where the filters only keep the sound in step, and the encoder is one whose packets can be joined. */
const isPlain = ({ sound, cut }: Branch, rate: number): boolean => {
  const words = typeof cut === 'object' ? (cut.sound ?? []) : [];
  const isAac = words[words.indexOf('-c:a') + 1] === 'aac' && words[words.indexOf('-ar') + 1] === String(rate);
  return isAac && sound !== undefined && !sound.mix && sound.filters.length === 1;
};

const isCopied = ({ sound, cut }: Branch): boolean => {
  const words = typeof cut === 'object' ? (cut.sound ?? []) : [];
  return words[words.indexOf('-c:a') + 1] === 'copy' && sound !== undefined && !sound.mix && sound.filters.length === 0;
};

type Options = {
  /** When the pictures will be there. */
  readonly pictureSeconds: number;
  readonly leastSeconds?: number | undefined;
};

/** So many that each takes a tenth of the time that the pictures have taken before them; undefined where it is as well made in one. */
const countOf = (
  seconds: number,
  wholeCpuSeconds: number,
  { pictureSeconds, leastSeconds: least = leastSeconds }: Options,
): number | undefined => {
  const count = Math.min(Math.floor(seconds / least), Math.ceil(wholeCpuSeconds / Math.max(0.01, pictureSeconds / 10)));
  return count < 2 ? undefined : count;
};

/** Undefined where it is better made whole, or has to be. */
export const soundPieces = (
  index: SourceIndex,
  of: { readonly source: Source; readonly window: Window; readonly branches: readonly Branch[] },
  options: Options,
): readonly SoundPiece[] | undefined => {
  const { source, window, branches } = of;
  const { audio, from } = source;
  const track = index.tracks.find(({ stream }) => stream === audio?.index);
  if (!audio || !track || track.refused !== null || window.trimmed || !('input' in from)) return undefined;
  if (branches.length === 0) return undefined;
  const { aheadSeconds, origin } = timelineOf(index, track, window, 1);
  const reading = (start: number | null, end: number | null): Source => ({
    ...source,
    from: { input: from.input, slice: planSlice(track, start, end) },
    aheadSeconds,
  });
  const sound = { track, origin, branches, reading };
  if (branches.every(isCopied)) return copiedPieces(sound, options);
  return branches.every((branch) => isPlain(branch, audio.sampleRate)) && track.timescale === audio.sampleRate
    ? encodedPieces(sound, options)
    : undefined;
};

type SoundToCut = {
  readonly track: TrackIndex;
  /** Ticks of the track at which the output starts. */
  readonly origin: number;
  readonly branches: readonly Branch[];
  /** A slice of the sound, between ticks of the track. */
  readonly reading: (start: number | null, end: number | null) => Source;
};

/** From packet to packet that the index knows the time of. */
const copiedPieces = ({ track, branches, reading }: SoundToCut, options: Options): SoundPiece[] | undefined => {
  const { timescale, start, end, syncs } = track;
  const seconds = (end - start) / timescale;
  const count = countOf(seconds, seconds * branches.length * soundCopyCost, options);
  const known = syncs.times.filter((time) => time < end).length;
  if (count === undefined || known < count) return undefined;
  const at = (n: number): number => Math.round((n * known) / count);
  const rowOf = (sync: number): number => syncs.rows[sync] ?? 0;
  return Array.from({ length: count }, (_, number): SoundPiece => {
    const [first, next] = [at(number), number + 1 < count ? at(number + 1) : undefined];
    const [from, to] = [syncs.times[first] ?? start, next === undefined ? end : (syncs.times[next] ?? end)];
    // What a slice holds before and after what was asked for.
    const before = number === 0 ? 0 : Math.min(soundLead, rowOf(first) - rowOf(first - 1));
    const isKnown = number > 0 && next !== undefined;
    return {
      number,
      source: reading(number === 0 ? null : from, next === undefined ? null : to),
      filters: [],
      seconds: (to - from) / timescale,
      from: Math.max(0, (from - start) / timescale),
      drop: { first: before, last: next === undefined ? 0 : 1 },
      // The first one begins with what is not shown, of which FFmpeg keeps what it likes.
      ...(isKnown ? { samples: rowOf(next) - rowOf(first) } : {}),
    };
  });
};

const encodedPieces = (
  { track, origin, branches, reading }: SoundToCut,
  options: Options,
): SoundPiece[] | undefined => {
  const { timescale, longest, samples } = track;
  const isSteady = samples * longest - (track.end - track.start) < 2 * longest;
  const total = track.end - origin;
  const seconds = total / timescale;
  const count = countOf(seconds, seconds * (soundDecodingCost + branches.length * soundCost('aac')), options);
  if (!isSteady || count === undefined) return undefined;
  const packets = Math.ceil(total / packet) + 1;
  const starts = Array.from({ length: count }, (_, n) => Math.round((n * packets) / count));
  return starts.map((first, number) => {
    const next = starts[number + 1];
    const start = first === 0 ? 0 : (first - before) * packet;
    const end = next === undefined ? undefined : (next + after) * packet;
    // One packet that the encoder begins with comes before the first sample.
    const made = end === undefined ? undefined : (end - start) / packet + 1;
    const kept = next === undefined ? undefined : next - first;
    const lead = first === 0 ? 0 : before;
    return {
      number,
      source: reading(start === 0 ? null : origin + start, end === undefined ? null : origin + end),
      filters: [
        `atrim=start_pts=${start}`,
        `aresample=async=1:first_pts=${start}`,
        ...(end === undefined ? [] : [`atrim=end_pts=${end}`]),
      ],
      seconds: ((end ?? total) - start) / timescale,
      from: start / timescale,
      drop: { first: lead, last: made === undefined || kept === undefined ? 0 : made - lead - kept },
      ...(kept === undefined ? {} : { samples: kept }),
    };
  });
};
