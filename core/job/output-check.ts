/**
 * Whether a written file may be published. Exit 0 proves nothing: a full disk, a truncated source and a reached size
 * limit all end with it, so what was written is measured against what the plan expected.
 */
import type { Expectation } from './task-write.ts';
import type { Probe } from '#core/media/probe.ts';

export interface Written {
  readonly bytes: number;
  /** What FFmpeg was told to stop at, with exit 0; undefined where it had no part in the file. */
  readonly maxBytes?: number | undefined;
  /** Undefined where the file is not media (text, JSON) and was not probed. */
  readonly probe: Probe | undefined;
  /** Error lines of all commands that had part in the file. */
  readonly decodeErrors: number;
  /** How long the last picture of a source stands: encoders lose that length. */
  readonly sourceLastFrameSeconds?: number;
}

export interface Verdict {
  /** In plain words; none where the file may be published. */
  readonly violations: readonly string[];
  readonly warnings: readonly string[];
  /** True where the file is shorter than its source claims to be: then it is the source that is at fault. */
  readonly short: boolean;
  /** True where so much failed to decode that what was written is noise. */
  readonly noise: boolean;
}

/** True where the file has to be probed to be checked. */
export const needsProbe = (expects: Expectation): boolean =>
  (['video', 'audio', 'durationSeconds', 'minFrames'] as const).some((key) => expects[key] !== undefined);

const lasting = (value: number): string => `${Number(value.toFixed(3))} s`;

/** `max(1 s, 2 %, the last frame's duration)`. */
const durationTolerance = (expects: Expectation, written: Written): number =>
  Math.max(
    1,
    0.02 * (expects.durationSeconds ?? 0),
    expects.lastFrameSeconds ?? 0,
    written.sourceLastFrameSeconds ?? 0,
  );

/**
 * Seen in real damaged files: 6 lines over 5 s play fine, 458 over 20 s are a visible gap, 296 over 2 s are a file that
 * was encrypted.
 */
const isNoise = (decodeErrors: number, seconds: number | null): boolean =>
  decodeErrors > Math.max(50, 25 * (seconds ?? 0));

const videoViolations = (expected: NonNullable<Expectation['video']>, probe: Probe): string[] => {
  const [stream] = probe.video;
  if (!stream) return ['the picture track is missing'];
  const sizes = `${stream.codedWidth}x${stream.codedHeight}`;
  return [
    ...(stream.codec === expected.codec ? [] : [`the picture is ${stream.codec}, not ${expected.codec}`]),
    ...(sizes === `${expected.width}x${expected.height}`
      ? []
      : [`the picture is ${sizes}, not ${expected.width}x${expected.height}`]),
  ];
};

const audioViolations = (expected: NonNullable<Expectation['audio']>, probe: Probe): string[] => {
  const [stream] = probe.audio;
  if (!stream) return ['the sound track is missing'];
  return [
    ...(stream.codec === expected.codec ? [] : [`the sound is ${stream.codec}, not ${expected.codec}`]),
    ...(expected.channels === undefined || stream.channels === expected.channels
      ? []
      : [`the sound has ${stream.channels} channels, not ${expected.channels}`]),
  ];
};

const trackViolations = (expects: Expectation, probe: Probe): string[] => [
  ...(expects.video ? videoViolations(expects.video, probe) : []),
  ...(expects.video === null && probe.video.length > 0 ? ['there is a picture track'] : []),
  ...(expects.audio ? audioViolations(expects.audio, probe) : []),
  ...(expects.audio === null && probe.audio.length > 0 ? ['there is a sound track'] : []),
];

/** Judges one file. The commands themselves have ended with exit 0 before this is asked. */
export const checkOutput = (expects: Expectation, written: Written): Verdict => {
  const { probe, bytes, maxBytes = Number.POSITIVE_INFINITY, decodeErrors } = written;
  const seconds = probe?.durationSeconds ?? null;
  const frames = probe?.video[0]?.frames ?? 0;
  const missing = expects.durationSeconds === undefined ? 0 : expects.durationSeconds - (seconds ?? 0);
  const few = expects.minFrames !== undefined && frames < expects.minFrames;
  const noise = isNoise(decodeErrors, seconds);
  return {
    violations: [
      ...(bytes > 0 ? [] : ['nothing was written']),
      ...(bytes < maxBytes ? [] : [`it reached the limit of ${maxBytes} bytes`]),
      ...(bytes > 0 && needsProbe(expects) && !probe ? ['the file cannot be read back'] : []),
      ...(probe ? trackViolations(expects, probe) : []),
      ...(probe && Math.abs(missing) > durationTolerance(expects, written)
        ? [`it lasts ${lasting(seconds ?? 0)}, not ${lasting(expects.durationSeconds ?? 0)}`]
        : []),
      ...(probe && few ? [`it holds ${frames} pictures; at least ${expects.minFrames} were expected`] : []),
      ...(noise ? [`${decodeErrors} decode errors: most of the source cannot be decoded`] : []),
    ],
    warnings: decodeErrors > 0 ? [`decode errors: FFmpeg reported ${decodeErrors} while it went on`] : [],
    short: probe !== undefined && (missing > durationTolerance(expects, written) || few),
    noise,
  };
};
