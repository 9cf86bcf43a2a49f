/** Which files may enter: judged from the probe alone, before anything is decoded. */
import { Failure } from '#core/failures.ts';
import type { AudioStream, Probe, VideoStream } from './probe.ts';

export interface AdmissionLimits {
  /** Of one input. */
  readonly maxBytes: number;
  readonly maxSeconds: number;
  /** Of one picture: width times height. */
  readonly maxPixels: number;
}

/** Outside of it sound is a bomb or a mistake: 1 MB at 1 Hz makes FFmpeg want 4 GB. */
const sampleRates = { min: 8_000, max: 192_000 } as const;
const maxChannels = 64;

const corrupt = (detail: string): Failure => new Failure('input.corrupt', { detail, phase: 'probe' });

/** What keeps a picture track from being decoded; undefined where nothing does. */
const pictureFault = (stream: VideoStream): string | undefined => {
  if (stream.codec === 'unknown') return 'its codec is not known here';
  if (stream.codedWidth < 2 || stream.codedHeight < 2) return `its size is ${stream.codedWidth}x${stream.codedHeight}`;
  if (stream.frames === 0) return 'it holds no pictures';
  return stream.pixelFormat === null ? 'none of its pictures can be decoded' : undefined;
};

const soundFault = (stream: AudioStream): string | undefined => {
  if (stream.codec === 'unknown') return 'its codec is not known here';
  if (stream.channels === 0) return 'it has no channels';
  if (stream.channels > maxChannels) return `it has ${stream.channels} channels`;
  if (stream.sampleRate < sampleRates.min || stream.sampleRate > sampleRates.max)
    return `its sample rate is ${stream.sampleRate} Hz`;
  return undefined;
};

const sound = (streams: readonly AudioStream[]): readonly AudioStream[] => {
  const wild = streams.find((stream) => stream.channels > 0 && soundFault(stream)?.startsWith('its sample rate'));
  // Refused and not left out: FFmpeg opens every track while it probes, whatever is mapped.
  if (wild) throw corrupt(`The sound cannot be used: ${soundFault(wild)}, and 8 to 192 kHz are accepted.`);
  return streams.filter((stream) => soundFault(stream) === undefined);
};

/** A file that has picture tracks must have a usable one: to go on with its sound alone would surprise its owner. */
const pictures = (streams: readonly VideoStream[], limits: AdmissionLimits): readonly VideoStream[] => {
  const usable = streams.filter((stream) => pictureFault(stream) === undefined);
  const [first] = streams;
  if (first && usable.length === 0) throw corrupt(`The picture cannot be decoded: ${pictureFault(first)}.`);
  const huge = streams.find((stream) => stream.codedWidth * stream.codedHeight > limits.maxPixels);
  if (huge) {
    throw new Failure('input.too_large', {
      detail: `The picture is ${huge.codedWidth}x${huge.codedHeight}; at most ${limits.maxPixels} pixels are accepted.`,
      phase: 'probe',
    });
  }
  return usable;
};

/** A caption file: it has a track and nothing to be seen or heard. Inside of other containers that is no use to anybody. */
const isCaptions = ({ container, subtitles }: Probe): boolean =>
  (container === 'srt' || container === 'webvtt') && subtitles.length > 0;

/**
 * The probe with only the tracks that can be used, and a note for each that was left out. Fails with `input.too_large`,
 * `input.too_long`, `input.corrupt`, or `input.not_media` where there is neither picture nor sound.
 */
export const admit = (probe: Probe, limits: AdmissionLimits): Probe => {
  admitBytes(probe.bytes, limits);
  if ((probe.durationSeconds ?? 0) > limits.maxSeconds) {
    const [has, may] = [Math.round(probe.durationSeconds ?? 0), limits.maxSeconds];
    throw new Failure('input.too_long', {
      detail: `It lasts ${has} s; at most ${may} s are accepted.`,
      phase: 'probe',
    });
  }
  const [video, audio] = [pictures(probe.video, limits), sound(probe.audio)];
  if (video.length === 0 && audio.length === 0 && !isCaptions(probe)) {
    const [track] = probe.audio;
    if (track) throw corrupt(`The sound cannot be decoded: ${soundFault(track)}.`);
    throw new Failure('input.not_media', { detail: 'It holds neither picture nor sound.', phase: 'probe' });
  }
  return {
    ...probe,
    video: [...video],
    audio: [...audio],
    notes: [
      ...probe.notes,
      ...probe.video
        .filter((s) => !video.includes(s))
        .map((s) => `picture track ${s.index} is left out: ${pictureFault(s)}`),
      ...probe.audio
        .filter((s) => !audio.includes(s))
        .map((s) => `sound track ${s.index} is left out: ${soundFault(s)}`),
    ],
  };
};

/** The same for the size alone, which is known before the file is fetched. */
export const admitBytes = (bytes: number, limits: Pick<AdmissionLimits, 'maxBytes'>): void => {
  if (bytes === 0) throw new Failure('input.corrupt', { detail: 'The file is empty.' });
  if (bytes <= limits.maxBytes) return;
  throw new Failure('input.too_large', { detail: `It has ${bytes} bytes; at most ${limits.maxBytes} are accepted.` });
};
