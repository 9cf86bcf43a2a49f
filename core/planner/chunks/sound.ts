/** How the sound of a film is read that is made in pieces: by itself, out of a slice that holds nothing else. */
import type { Branch, Source, Window } from '../../ffmpeg/recipe.ts';
import { planSlice } from '../../media/mp4/slice.ts';
import type { SourceIndex } from '../../media/source-index.ts';
import { seconds } from '../../ffmpeg/numbers.ts';
import { timelineOf } from './timeline.ts';

/** Decoders need so much before they hear right; the exact part is cut out afterwards. */
const leadSeconds = 0.5;

/** What `-ss` and `-t` leave of the sound; of a whole file all but what the encoder put before its start. */
const kept = (window: Window): string[] => [
  `atrim=start=0${window.trimmed && window.seconds !== null ? `:duration=${seconds(window.seconds)}` : ''}`,
];

/** The same branches, reading a slice of the sound where that is all they need; else the whole file, as one encode does. */
export const soundSource = (
  index: SourceIndex,
  source: Source,
  window: Window,
  branches: readonly Branch[],
): { readonly source: Source; readonly branches: readonly Branch[] } => {
  const { audio, from } = source;
  const track = index.tracks.find(({ stream }) => stream === audio?.index);
  const isPlain = branches.every(({ sound }) => sound && !sound.mix);
  if (!audio || !track || track.refused !== null || !isPlain || !('input' in from)) return { source, branches };
  const { origin, aheadSeconds } = timelineOf(index, track, { ...window, trimmed: false }, 1);
  const lead = Math.ceil(leadSeconds * track.timescale);
  const start = window.start > 0 ? Math.max(track.start, origin - lead) : null;
  const length = window.trimmed && window.seconds !== null ? Math.ceil(window.seconds * track.timescale) : null;
  const end = length === null || origin + length + lead >= track.end ? null : origin + length + lead;
  const slice = planSlice(track, start, end);
  const sliced: Source = { ...source, from: { input: from.input, slice }, aheadSeconds };
  return {
    source: sliced,
    branches: branches.map((branch) => {
      const filters = branch.sound?.filters ?? [];
      const isCopied = filters.length === 0;
      return { ...branch, source: sliced, sound: { index: 0, filters: isCopied ? [] : [...kept(window), ...filters] } };
    }),
  };
};
