/** Sound at a wanted loudness by EBU R128: measured first, then raised or lowered as a whole. */
import { loudnessLayout } from '../analyses/loudness.ts';
import type { Find, Source, Window } from '../ffmpeg/recipe.ts';
import type { OutputOf } from '../job/outputs.ts';

/** https://tech.ebu.ch/docs/r/r128.pdf */
const broadcastLufs = -23;
/** The standard allows -1 dBTP; half a decibel is for what lossy codecs add. */
const ceilingDb = -1.5;
/** What is below it is hiss, and would become loud hiss. */
const mostGainDb = 60;

type Loudness = { readonly filters: readonly string[]; readonly warnings: readonly string[] };

const decibels = (value: number): string => `${value.toFixed(2)}dB`;

/** Peaks above the ceiling are turned down for some milliseconds, at four times the rate, so that none hides in between. */
const limiter = (sampleRate: number): string[] => [
  'aresample=192000',
  `alimiter=limit=${(10 ** (ceilingDb / 20)).toFixed(4)}:attack=5:release=50:level=0`,
  `aresample=${sampleRate}`,
];

/** The filters that bring this window of the source to the loudness, mixed to so many channels. */
export const normalized = (
  wanted: NonNullable<OutputOf<'audio'>['normalize']>,
  sound: { source: Source; window: Window; channels: number; sampleRate: number; find: Find },
): Loudness => {
  if (wanted === false) return { filters: [], warnings: [] };
  const { source, window, channels, sampleRate, find } = sound;
  const target = wanted === true ? broadcastLufs : wanted.lufs;
  const { lufs, truePeakDb } = find({ analysis: { kind: 'loudness', channels }, source, window });
  if (lufs === null || truePeakDb === null) {
    return {
      filters: [],
      warnings: ['the sound is silent or too short to be measured: its loudness is left as it is'],
    };
  }
  const gain = Math.min(mostGainDb, target - lufs);
  const mixed = [`aformat=channel_layouts=${loudnessLayout(channels)}`, `volume=${decibels(gain)}`];
  if (truePeakDb + gain <= ceilingDb) return { filters: mixed, warnings: [] };
  const over = (truePeakDb + gain - ceilingDb).toFixed(1);
  return {
    filters: [...mixed, ...limiter(sampleRate)],
    warnings: [
      `peaks are limited by up to ${over} dB to reach ${target} LUFS; where they are all of the sound it stays below`,
    ],
  };
};
