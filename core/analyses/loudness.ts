import { defineAnalysis } from './define-analysis.ts';

/** What FFmpeg says of silence, and of sound that is shorter than the 400 ms that it measures in. */
const silenceLufs = -70;

/** What FFmpeg mixes to when it is asked for so many channels. */
const layouts = ['mono', 'stereo', '2.1', '4.0', '5.0', '5.1', '6.1', '7.1'] as const;

/** FFmpeg's name of the layout that so many channels are mixed to; one or two, as there are, where it is left out. */
export const loudnessLayout = (channels: number | undefined): string =>
  (channels === undefined ? undefined : layouts[channels - 1]) ?? 'mono|stereo';

/** The last value of a key; they are printed for every 100 ms and grow more exact. */
const last = (text: string, key: string): number | null => {
  const at = text.lastIndexOf(`\n${key}=`);
  if (at < 0) return null;
  const value = Number(text.slice(at + key.length + 2, text.indexOf('\n', at + 1)));
  return Number.isFinite(value) ? value : null;
};

export const loudness = defineAnalysis({
  kind: 'loudness',
  summary: 'How loud it is: integrated loudness and true peak by EBU R128.',
  of: 'sound',
  filters: ({ channels }) => [
    `aformat=channel_layouts=${loudnessLayout(channels)}`,
    'ebur128=metadata=1',
    // The true peak, by fourfold oversampling as EBU Tech 3341 has it. ebur128 tells it to three decimals of a ratio only.
    'aresample=192000',
    'astats=metadata=1:measure_perchannel=none:measure_overall=Peak_level',
  ],
  parse: (text) => {
    const lufs = last(text, 'lavfi.r128.I');
    return {
      kind: 'loudness',
      lufs: lufs === null || lufs <= silenceLufs ? null : lufs,
      truePeakDb: last(text, 'lavfi.astats.Overall.Peak_level'),
    };
  },
});
