/**
 * Sound in pieces, where encoding it whole would take longer than the pictures do. Every piece is encoded with some of the
 * sound before and after it, and those packets are left out when it is joined: measured, no piece can be heard to start.
 */
import type { Branch, Source, Window } from '../../ffmpeg/recipe.ts';
import type { Piece } from '../../job/plan.ts';
import { planSlice } from '../../media/mp4/slice.ts';
import type { SourceIndex } from '../../media/source-index.ts';
import { soundCost, soundDecodingCost } from '../calibration.ts';
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

/** Undefined where it is better encoded whole, or has to be. `pictureSeconds` is when the pictures will be there. */
export const soundPieces = (
  index: SourceIndex,
  of: { readonly source: Source; readonly window: Window; readonly branches: readonly Branch[] },
  options: { readonly pictureSeconds: number; readonly leastSeconds?: number | undefined },
): readonly SoundPiece[] | undefined => {
  const { source, window, branches } = of;
  const { audio, from } = source;
  const track = index.tracks.find(({ stream }) => stream === audio?.index);
  if (!audio || !track || track.refused !== null || window.trimmed || !('input' in from)) return undefined;
  const { timescale, longest, samples } = track;
  const isSteady = timescale === audio.sampleRate && samples * longest - (track.end - track.start) < 2 * longest;
  if (!isSteady || branches.length === 0 || !branches.every((branch) => isPlain(branch, timescale))) return undefined;
  const { origin, aheadSeconds } = timelineOf(index, track, window, 1);
  const total = track.end - origin;
  const seconds = total / timescale;
  const whole = seconds * (soundDecodingCost + branches.length * soundCost('aac'));
  const least = options.leastSeconds ?? leastSeconds;
  // Each should be there in half the time that the pictures take.
  const count = Math.min(Math.floor(seconds / least), Math.ceil(whole / Math.max(0.1, options.pictureSeconds / 2)));
  if (whole <= options.pictureSeconds || count < 2) return undefined;
  const packets = Math.ceil(total / packet) + 1;
  const starts = Array.from({ length: count }, (_, n) => Math.round((n * packets) / count));
  const { input } = from;
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
      source: {
        ...source,
        from: {
          input,
          slice: planSlice(track, start === 0 ? null : origin + start, end === undefined ? null : origin + end),
        },
        aheadSeconds,
      },
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
