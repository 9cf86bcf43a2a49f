/** Sounds that are heard together, instead of the source's own: an output's `audio` as a list. */
import { fasterSound } from '../edits/speed.ts';
import { Failure } from '../failures.ts';
import type { Mix, MixLayer, Source, Window } from '../ffmpeg/recipe.ts';
import type { AudioLayer } from '../job/edits.ts';
import type { Ref } from '../job/refs.ts';
import type { AudioStream } from '../media/probe.ts';
import { windowOf } from './window.ts';

export type Layered = {
  /** The output's own source, and what names it. */
  readonly source: Source;
  readonly from: Ref | undefined;
  readonly window: Window;
  /** How much faster than the source the output is; further sounds keep their speed. */
  readonly tempo: number;
  readonly sourceOf: (ref: Ref) => Source;
};

const audible = (source: Source): Source & { audio: AudioStream } => {
  const { audio } = source;
  if (audio) return { ...source, audio };
  throw new Failure('input.no_audio_stream', { detail: `"${source.name}" has no sound.` });
};

const lengthOf = (source: Source, window: Window): number | null =>
  window.trimmed || source.sequence ? window.seconds : (source.audio?.durationSeconds ?? window.seconds);

const layerOf = (layer: AudioLayer, layers: readonly AudioLayer[], of: Layered): MixLayer => {
  const isOwn = JSON.stringify(layer.from) === JSON.stringify(of.from);
  const source = audible(isOwn ? of.source : of.sourceOf(layer.from));
  const window = isOwn ? of.window : windowOf(source, {});
  const tempo = isOwn ? of.tempo : 1;
  const length = lengthOf(source, window);
  const start = layer.start ?? 0;
  const under = layers.findIndex(({ name }) => name !== undefined && name === layer.duckUnder);
  return {
    ...(isOwn ? {} : { source, window }),
    audio: source.audio,
    filters: fasterSound(tempo),
    gain: layer.gain ?? 1,
    start,
    end: layer.loop || length === null ? null : start + length / tempo,
    loop: layer.loop ?? false,
    ...(under < 0 ? {} : { duckUnder: under }),
    fade: { in: layer.fade?.in ?? 0, out: layer.fade?.out ?? 0 },
  };
};

/**
 * The layers as long as the picture (`seconds`), or, where that is undefined, as the longest layer that is not repeated,
 * or as the source. Fails with `input.no_audio_stream`, naming the layer's source, and `spec.invalid` where the length is
 * not known.
 */
export const mixOf = (layers: readonly AudioLayer[], of: Layered, seconds: number | null | undefined): Mix => {
  const made = layers.map((layer) => layerOf(layer, layers, of));
  const ends = made.flatMap(({ end }) => end ?? []);
  const own = lengthOf(of.source, of.window);
  const longest = ends.length > 0 ? Math.max(...ends) : own === null ? null : own / of.tempo;
  const length = seconds === undefined ? longest : seconds;
  if (length !== null) return { layers: made, seconds: length };
  throw new Failure('spec.invalid', {
    detail: `How long "${of.source.name}" is cannot be told from the file, and layers of sound need to know: set "end".`,
  });
};
