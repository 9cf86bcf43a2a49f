/**
 * Filters that play clips one after another. Every clip is made alike first (size, rate, exact number of pictures, and
 * sound that lasts exactly as long), so that sound stays in step at every joint however many there are.
 */
import { type AudioStream, type Rational, rationalValue } from '../media/probe.ts';
import type { Clip, Sequence } from './recipe.ts';
import { resize } from './size.ts';
import { toSdr, toSquarePixels } from './upright.ts';

/** Hertz. */
export const mixRate = 48_000;

/**
 * The same sound wherever it comes from: stereo at 48 kHz; gaps and late starts are silent. One channel is heard from both
 * sides as loud as it is; FFmpeg by itself would make it 3 dB quieter.
 */
export const evenSound = (audio: AudioStream | undefined): string[] => [
  `aresample=${mixRate}:async=1:first_pts=0`,
  ...(audio?.channels === 1 ? ['pan=stereo|c0=c0|c1=c0'] : []),
  `aformat=sample_fmts=fltp:sample_rates=${mixRate}:channel_layouts=stereo`,
];

const pictures = (seconds: number, rate: Rational): number => Math.max(1, Math.round(seconds * rationalValue(rate)));

/** How many pictures the clip and the one before it share. */
const shared = ({ blend }: Clip, rate: Rational): number => (blend ? pictures(blend.seconds, rate) : 0);

/** How many pictures a sequence has. */
export const picturesIn = (clips: readonly Clip[], rate: Rational): number =>
  clips.reduce((count, clip) => count + pictures(clip.seconds, rate) - shared(clip, rate), 0);

export const sequenceSeconds = ({ clips, shape }: Sequence): number =>
  shape
    ? picturesIn(clips, shape.rate) / rationalValue(shape.rate)
    : clips.reduce((sum, { seconds, blend }) => sum + seconds - (blend?.seconds ?? 0), 0);

/** The samples of so many pictures. */
const samples = (count: number, { num, den }: Rational): number => Math.round((count * den * mixRate) / num);

/** Labels must not meet those of the rest of the graph. */
const label = (kind: string, n: number): string => `s${kind}${n}`;
const chain = (from: readonly string[], filters: readonly string[], to: string): string =>
  `${from.map((each) => `[${each}]`).join('')}${filters.join(',')}[${to}]`;

type Shape = NonNullable<Sequence['shape']>;

/** Exactly one picture per tick of the clock. */
const ticking = ({ num, den }: Rational): string[] => [`settb=${den}/${num}`, 'setpts=N'];

const clipPicture = (clip: Clip, n: number, from: string, shape: Shape): string[] => {
  const { video } = clip.source;
  if (!video) throw new TypeError('a sequence with a shape has pictures everywhere: sequenceOf makes no other');
  const { rate, width, height, fit } = shape;
  const { num, den } = rate;
  const count = pictures(clip.seconds, rate);
  const fitted = resize(video, { width, height, fit, upscale: true });
  const alike = [`fps=${num}/${den}:start_time=0`, ...toSdr(video), ...toSquarePixels(video)];
  const exact = [
    ...['setsar=1', 'format=yuv420p'],
    `tpad=stop_mode=clone:stop=${count}`,
    `trim=end_frame=${count}`,
    ...ticking(rate),
  ];
  const to = label('v', n);
  if (!fitted.backdrop) return [chain([from], [...alike, ...fitted.filters, ...exact], to)];
  const [front, back, laid] = [label('f', n), label('b', n), label('g', n)];
  return [
    `${chain([from], [...alike, 'split'], front)}[${back}]`,
    chain([back], fitted.backdrop, `${back}x`),
    chain([front], fitted.filters, laid),
    chain([`${back}x`, laid], ['overlay=(W-w)/2:(H-h)/2:format=auto', ...exact], to),
  ];
};

const clipSound = (clip: Clip, n: number, from: string | undefined, shape: Shape | undefined): string => {
  const length = shape ? samples(pictures(clip.seconds, shape.rate), shape.rate) : Math.round(clip.seconds * mixRate);
  const exact = [`atrim=end_sample=${length}`, 'asetpts=N/SR/TB'];
  const to = label('a', n);
  if (from === undefined) return `anullsrc=r=${mixRate}:cl=stereo,aformat=sample_fmts=fltp,${exact.join(',')}[${to}]`;
  // Without pictures to keep in step with, a sound is as long as it is: containers round.
  return chain([from], [...evenSound(clip.source.audio), ...(shape ? ['apad', ...exact] : ['asetpts=N/SR/TB'])], to);
};

/** In films a fade goes through black, a dissolve from picture to picture; xfade calls the latter "fade". */
const transitionName = { fade: 'fadeblack', dissolve: 'fade' } as const;

/** Clips that are cut together are one `concat`; each blend folds what came before it into what comes after. */
const joined = (
  clips: readonly Clip[],
  kind: 'v' | 'a',
  to: string,
  {
    concat,
    blend,
    steady = [],
  }: {
    concat: (count: number) => readonly string[];
    blend: (upTo: number, clip: Clip) => readonly string[];
    /** What goes before each side of a blend. */
    steady?: readonly string[];
  },
): string[] => {
  const chains: string[] = [];
  const groups = clips.reduce<number[][]>((all, clip, n) => {
    if (n === 0 || clip.blend) all.push([n]);
    else all.at(-1)?.push(n);
    return all;
  }, []);
  const whole = groups.map((group, g) => {
    const labels = group.map((n) => label(kind, n));
    if (labels.length === 1) return labels[0] ?? '';
    const made = `${label(kind, g)}c`;
    chains.push(chain(labels, concat(labels.length), made));
    return made;
  });
  let last = whole[0] ?? '';
  for (const [g, next] of whole.entries()) {
    if (g === 0) continue;
    const first = groups[g]?.[0] ?? 0;
    const clip = clips[first];
    const made = `${label(kind, g)}x`;
    const sides = [last, next].map((side, n) => {
      if (steady.length === 0) return side;
      const to = `${made}${n}`;
      chains.push(chain([side], steady, to));
      return to;
    });
    if (clip) chains.push(chain(sides, blend(first, clip), made));
    last = made;
  }
  chains.push(chain([last], [kind === 'v' ? 'null' : 'anull'], to));
  return chains;
};

/** Where the graph finds the tracks of the clips, and what it calls the results. Undefined: not wanted. */
export type SequenceLabels = {
  readonly firstInput: number;
  readonly picture?: string | undefined;
  readonly sound?: string | undefined;
};

/** The chains of a `-filter_complex` that play the sequence; input `firstInput + n` is clip n. */
export const sequenceChains = ({ clips, shape }: Sequence, labels: SequenceLabels): string[] => {
  const { firstInput, picture, sound } = labels;
  const chains: string[] = [];
  if (picture !== undefined && shape) {
    const { rate } = shape;
    for (const [n, clip] of clips.entries())
      chains.push(...clipPicture(clip, n, `${firstInput + n}:${clip.source.video?.index ?? 0}`, shape));
    const again = ticking(rate);
    chains.push(
      ...joined(clips, 'v', picture, {
        concat: (count) => [`concat=n=${count}:v=1:a=0`, ...again, `fps=${rate.num}/${rate.den}`, ...again],
        // xfade wants to know the rate, which `setpts` of FFmpeg 7 and later forgets.
        steady: [`fps=${rate.num}/${rate.den}:eof_action=pass`],
        blend: (first, clip) => {
          const frames = shared(clip, rate);
          const before = picturesIn(clips.slice(0, first), rate) - frames;
          const seconds = (count: number): string => ((count * rate.den) / rate.num).toFixed(6);
          const name = transitionName[clip.blend?.type ?? 'dissolve'];
          return [`xfade=transition=${name}:duration=${seconds(frames)}:offset=${seconds(before)}`, ...again];
        },
      }),
    );
  }
  if (sound !== undefined) {
    for (const [n, { source, ...clip }] of clips.entries()) {
      const from = source.audio ? `${firstInput + n}:${source.audio.index}` : undefined;
      chains.push(clipSound({ source, ...clip }, n, from, shape));
    }
    chains.push(
      ...joined(clips, 'a', sound, {
        concat: (count) => [`concat=n=${count}:v=0:a=1`, 'asetpts=N/SR/TB'],
        blend: (_, clip) => {
          const length = shape
            ? samples(shared(clip, shape.rate), shape.rate)
            : Math.round((clip.blend?.seconds ?? 0) * mixRate);
          return [`acrossfade=ns=${length}`, 'asetpts=N/SR/TB'];
        },
      }),
    );
  }
  return chains;
};
