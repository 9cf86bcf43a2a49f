/** Expressions of a job as sources: parts of clips, and clips one after another. */
import { Failure } from '../failures.ts';
import type { Branch, Clip, Sequence, Source } from '../ffmpeg/recipe.ts';
import { mixRate, sequenceSeconds } from '../ffmpeg/sequence.ts';
import type { Ref } from '../job/refs.ts';
import type { Name } from '../job/values.ts';
import { type Rational, rationalValue, type VideoStream } from '../media/probe.ts';
import { predictAudio, predictProbe, predictVideo } from '../outputs/predict.ts';
import { evenSize, isStill, steadyRate, windowOf } from '../outputs/window.ts';

type Part = Exclude<Extract<Ref, { clip: unknown }>, string>;
type Transition = Extract<Ref, { transition?: unknown }>['transition'];

const invalid = (detail: string): Failure => new Failure('spec.invalid', { detail });

/** Where no clip tells its rate. */
const assumedRate: Rational = { num: 30, den: 1 };

/** The highest: every clip keeps all its pictures. */
const rateOf = (videos: readonly VideoStream[]): Rational =>
  videos.flatMap((video) => steadyRate(video) ?? []).toSorted((a, b) => rationalValue(b) - rationalValue(a))[0] ??
  assumedRate;

const shapeOf = (clips: readonly Clip[]): Sequence['shape'] => {
  const videos = clips.flatMap(({ source }) => source.video ?? []);
  const [first] = videos;
  if (!first || videos.length < clips.length) return undefined;
  const moving = clips.flatMap(({ source }) => (source.video && !isStill(source) ? [source.video] : []));
  return { ...evenSize(first), fit: 'pad', rate: rateOf(moving) };
};

/** Where there are pictures they lead: sound is cut or filled to them. */
const clipSeconds = ({ name, video, seconds, start }: Source): number => {
  const length =
    video?.durationSeconds == null ? seconds : Math.min(video.durationSeconds - start, seconds ?? Infinity);
  if (length !== null && length > 0) return length;
  throw invalid(`How long "${name}" is cannot be told from the file; say it: {"clip":"${name}","end":10}.`);
};

/** A source as the clips of a sequence. */
const clipsOf = (source: Source): readonly Clip[] => {
  if (source.sequence) return source.sequence.clips;
  if (isStill(source))
    throw invalid(`"${source.name}" is a single picture: say how long it is shown, {"clip":"${source.name}","end":3}.`);
  return [{ source, window: windowOf(source, {}), seconds: clipSeconds(source) }];
};

/** Both neighbours have to be there while they blend, and no picture may be in two transitions. */
const assertBlends = (clips: readonly Clip[]): void => {
  for (const [n, { source, seconds, blend }] of clips.entries()) {
    const taken = (blend?.seconds ?? 0) + (clips[n + 1]?.blend?.seconds ?? 0);
    if (taken > seconds)
      throw invalid(
        `The transitions around "${source.name}" take ${taken} s; it has ${seconds.toFixed(2)} s. Make them shorter.`,
      );
  }
};

const blended = (clips: readonly Clip[], transition: Transition): readonly Clip[] => {
  if (!transition || transition.type === 'cut' || transition.seconds === 0) return clips;
  const { type, seconds } = transition;
  return clips.map((clip, n) => (n === 0 ? { ...clip, blend: { type, seconds } } : clip));
};

/** The part of clips that are cut together; `start` and `end` in seconds of the whole. */
const between = (clips: readonly Clip[], start: number, end: number): Clip[] => {
  const kept: Clip[] = [];
  let at = 0;
  for (const clip of clips) {
    const from = Math.max(0, start - at);
    const to = Math.min(clip.seconds, end - at);
    at += clip.seconds;
    // Less than that is no picture at any rate.
    if (to - from < 0.005) continue;
    const window = { start: clip.window.start + from, seconds: to - from, trimmed: true };
    kept.push(isStill(clip.source) ? { ...clip, seconds: to - from } : { ...clip, window, seconds: to - from });
  }
  return kept;
};

const people = (clips: readonly Clip[]): string => {
  const names = clips.map(({ source }) => source.name);
  return names.length > 4 ? `${names.slice(0, 3).join(' + ')} + ${names.length - 3} more` : names.join(' + ');
};

/** The file that a sequence becomes where something cannot read its clips. It is never listed. */
const intermediateOf = (output: Name, source: Source): Branch => {
  const { video, audio, seconds } = source;
  return {
    kind: 'branch',
    output,
    source,
    window: windowOf(source, {}),
    ...(video && {
      picture: {
        index: 0,
        edits: [],
        resize: { ...evenSize(video), plain: false, filters: [] },
        finish: ['format=yuv420p'],
      },
    }),
    ...(audio && { sound: { index: audio.index, filters: [] } }),
    encode: [
      // Nothing is seen of so little loss, and decoding it is cheap.
      ...(video ? ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '12'] : ['-vn']),
      ...(audio ? ['-c:a', 'pcm_f32le', '-ac', '2', '-ar', String(mixRate)] : ['-an']),
      ...['-f', 'matroska'],
    ],
    file: `${output}.mkv`,
    contentType: 'video/x-matroska',
    expects: {
      video: video ? { codec: 'h264', ...evenSize(video) } : null,
      audio: audio ? { codec: 'pcm_f32le', channels: 2 } : null,
      ...(seconds === null ? {} : { durationSeconds: seconds }),
      ...(video?.frames ? { minFrames: video.frames } : {}),
    },
  };
};

export type Sequences = {
  /** What an expression stands for. Fails with `spec.invalid` where it makes no sense of its clips. */
  readonly sourceOf: (ref: Ref) => Source;
  /** How the file of a sequence is made; undefined where the name is no sequence's. */
  readonly intermediate: (output: Name) => Branch | undefined;
};

/** Expressions without axes and picks, over what `named` knows. */
export const sequences = (named: (name: Name) => Source, hash: (text: string) => string): Sequences => {
  const made = new Map<Name, Source>();

  const sequenceOf = (clips: readonly Clip[]): Source => {
    assertBlends(clips);
    const shape = shapeOf(clips);
    const sequence: Sequence = shape ? { clips, shape } : { clips };
    const plain = clips.map(({ source, ...clip }) => [source.from, source.video?.index, source.audio?.index, clip]);
    const output = `joined-${hash(JSON.stringify([plain, shape])).slice(0, 16)}`;
    const seconds = sequenceSeconds(sequence);
    const sound = clips.some(({ source }) => source.audio);
    const probe = predictProbe({
      container: 'matroska',
      seconds,
      ...(shape && { video: predictVideo({ ...shape, codec: 'h264', fps: shape.rate, seconds }) }),
      ...(sound && {
        audio: predictAudio({ index: shape ? 1 : 0, codec: 'pcm_f32le', channels: 2, sampleRate: mixRate, seconds }),
      }),
    });
    const source: Source = {
      name: people(clips),
      from: { output, file: `${output}.mkv` },
      probe,
      video: probe.video[0],
      audio: probe.audio[0],
      start: 0,
      seconds,
      sequence,
    };
    made.set(output, source);
    return source;
  };

  const partOf = ({ clip, start, end }: Part): Source => {
    const source = sourceOf(clip);
    if (isStill(source)) {
      if (end === undefined) return source;
      if (end <= (start ?? 0)) throw invalid(`"end" (${end} s) must lie after "start" (${start} s).`);
      const seconds = end - (start ?? 0);
      return sequenceOf([{ source, window: { start: 0, seconds: null, trimmed: false }, seconds }]);
    }
    if (start === undefined && end === undefined) return source;
    const window = windowOf(source, {
      ...(start === undefined ? {} : { start }),
      ...(end === undefined ? {} : { end }),
    });
    const { sequence } = source;
    if (sequence && sequence.clips.every(({ blend }, n) => n === 0 || !blend)) {
      const until = window.seconds === null ? Infinity : window.start + window.seconds;
      return sequenceOf(between(sequence.clips, window.start, until));
    }
    const { sequence: _sequence, ...file } = source;
    return { ...file, start: window.start, seconds: window.seconds, cut: true };
  };

  const sourceOf = (ref: Ref): Source => {
    if (typeof ref === 'string') return named(ref);
    if ('clip' in ref) return partOf(ref);
    if ('pick' in ref) throw new TypeError('picks are resolved by canonicalize');
    const members = ref.concat.map(sourceOf);
    // Sound alone needs no shape; where only some have a picture the others are at fault when one is wanted.
    return sequenceOf(
      members.flatMap((member, n) => (n === 0 ? clipsOf(member) : blended(clipsOf(member), ref.transition))),
    );
  };

  return {
    sourceOf,
    intermediate: (output) => {
      const source = made.get(output);
      return source && intermediateOf(output, source);
    },
  };
};
