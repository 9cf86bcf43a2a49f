/** Reads ffprobe's JSON. Old and damaged files leave fields out, so every field may be missing. */
import * as z from 'zod';
import { Failure } from '#core/failures.ts';
import type { AudioStream, Probe, Rational, VideoStream } from '#core/media/probe.ts';
import { displaySize, rotationOf } from './geometry.ts';
import { mostTracks } from './hardened.ts';

/** ffprobe writes most numbers as text and unknown ones as "N/A". */
const Numeric = z
  .union([z.number(), z.string()])
  .transform((value) => (Number.isFinite(Number(value)) && value !== '' ? Number(value) : null))
  .nullish()
  .transform((value) => value ?? null);
const Text = z
  .string()
  .nullish()
  .transform((value) => value ?? null);
const Tags = z.record(z.string(), z.string()).nullish();

const Stream = z.object({
  index: z.int().min(0),
  codec_type: Text,
  codec_name: Text,
  profile: Text,
  width: Numeric,
  height: Numeric,
  sample_aspect_ratio: Text,
  avg_frame_rate: Text,
  r_frame_rate: Text,
  pix_fmt: Text,
  field_order: Text,
  color_transfer: Text,
  duration: Numeric,
  nb_frames: Numeric,
  nb_read_packets: Numeric,
  sample_rate: Numeric,
  channels: Numeric,
  channel_layout: Text,
  bit_rate: Numeric,
  disposition: z.record(z.string(), z.number()).nullish(),
  tags: Tags,
  side_data_list: z.array(z.looseObject({})).nullish(),
  /** Not ffprobe's: our adapter adds it where it looked at the last packets. */
  last_frame_seconds: Numeric,
});
export type FfprobeStream = z.output<typeof Stream>;

const Output = z.object({
  format: z.object({ format_name: z.string(), duration: Numeric, size: Numeric, tags: Tags }),
  streams: z.array(Stream).default([]),
});

/** A ratio such as "30000/1001" or "63:44"; null where it is missing, zero or absurd. */
const rational = (text: string | null): Rational | null => {
  const match = /^(\d{1,15})[/:](\d{1,15})$/.exec(text ?? '');
  const [num, den] = [Number(match?.[1]), Number(match?.[2])];
  return num > 0 && den > 0 ? { num, den } : null;
};

const positive = (value: number | null): number | null => (value !== null && value >= 0 ? value : null);
const whole = (value: number | null): number => Math.max(0, Math.trunc(value ?? 0));

/** Matroska keeps the length of a track in a tag: "00:01:02.500000000". */
const seconds = (stream: FfprobeStream): number | null => {
  const tag = /^(\d+):(\d\d):(\d\d(?:\.\d+)?)$/.exec(stream.tags?.['DURATION'] ?? '');
  return positive(stream.duration) ?? (tag ? Number(tag[1]) * 3600 + Number(tag[2]) * 60 + Number(tag[3]) : null);
};

const videoStream = (stream: FfprobeStream): VideoStream => {
  const coded = { width: whole(stream.width), height: whole(stream.height) };
  const sampleAspectRatio = rational(stream.sample_aspect_ratio) ?? { num: 1, den: 1 };
  const { degrees } = rotationOf(stream);
  return {
    index: stream.index,
    codec: stream.codec_name ?? 'unknown',
    profile: stream.profile,
    ...displaySize(coded, sampleAspectRatio, degrees),
    codedWidth: coded.width,
    codedHeight: coded.height,
    rotation: degrees,
    sampleAspectRatio,
    fps: rational(stream.avg_frame_rate),
    pixelFormat: stream.pix_fmt,
    durationSeconds: seconds(stream),
    // ffprobe leaves the count out where it is zero.
    frames: whole(stream.nb_read_packets),
    ...(stream.last_frame_seconds === null ? {} : { lastFrameSeconds: Math.max(0, stream.last_frame_seconds) }),
    transfer: ({ smpte2084: 'pq', 'arib-std-b67': 'hlg' } as const)[stream.color_transfer ?? ''] ?? 'sdr',
    interlaced: ['tt', 'bb', 'tb', 'bt'].includes(stream.field_order ?? ''),
  };
};

const audioStream = (stream: FfprobeStream): AudioStream => ({
  index: stream.index,
  codec: stream.codec_name ?? 'unknown',
  channels: whole(stream.channels),
  layout: stream.channel_layout,
  sampleRate: whole(stream.sample_rate),
  bitrate: stream.bit_rate === null ? null : whole(stream.bit_rate),
  durationSeconds: seconds(stream),
});

/** True where the container's rate and the average differ by more than fields and rounding explain. */
const variableRate = (stream: FfprobeStream): boolean => {
  const [rate, average] = [rational(stream.r_frame_rate), rational(stream.avg_frame_rate)];
  if (!rate || !average) return false;
  const ratio = (rate.num / rate.den) * (average.den / average.num);
  return Math.abs(ratio - 1) > 0.02 && Math.abs(ratio - 2) > 0.02;
};

const shapeNotes = (stream: FfprobeStream): string[] => {
  const rotation = rotationOf(stream);
  const ratio = rational(stream.sample_aspect_ratio);
  return [
    ...(rotation.degrees ? [`rotation ${rotation.degrees}° applied`] : []),
    ...(rotation.mirrored ? ['mirrored picture'] : []),
    ...(ratio && ratio.num !== ratio.den ? [`sample aspect ratio ${ratio.num}:${ratio.den} applied`] : []),
  ];
};

const timeNotes = (stream: FfprobeStream): string[] => {
  const { interlaced, transfer, frames } = videoStream(stream);
  return [
    ...(variableRate(stream) ? ['variable frame rate'] : []),
    ...(interlaced ? ['interlaced'] : []),
    ...(transfer === 'sdr' ? [] : [`HDR (${transfer === 'pq' ? 'PQ' : 'HLG'})`]),
    ...(stream.nb_frames && frames && frames < stream.nb_frames * 0.98
      ? [`the file is cut off: it holds ${frames} of ${stream.nb_frames} frames`]
      : []),
  ];
};

const hasLocation = (tags: Readonly<Record<string, string>> | null | undefined): boolean =>
  Object.keys(tags ?? {}).some((key) => /location|gps|\xa9xyz/i.test(key));

/** The longest of the tracks, because a container may claim more; the container's word where a track does not tell. */
const longest = (tracks: readonly { durationSeconds: number | null }[], format: number | null): number | null => {
  const known = tracks.flatMap((track) => track.durationSeconds ?? []);
  if (known.length === tracks.length && known.length > 0) return Math.max(...known);
  return positive(format) ?? (known.length ? Math.max(...known) : null);
};

/**
 * The normalised probe of what `ffprobe -show_format -show_streams -count_packets -of json` printed; frame counts are
 * counted packets, never a claim. Fails with `input.not_media` where it describes no file at all, and with `input.corrupt`
 * where the file has more tracks than are looked at.
 */
export const parseProbe = (json: unknown): Probe => {
  const parsed = Output.safeParse(json);
  if (!parsed.success) throw new Failure('input.not_media', {}, { cause: parsed.error });
  const { format, streams } = parsed.data;
  if (streams.length > mostTracks)
    throw new Failure('input.corrupt', { detail: `It has more than ${mostTracks} tracks.`, phase: 'probe' });
  const of = (type: string) => streams.filter((stream) => stream.codec_type === type);
  const pictures = of('video').filter((stream) => !stream.disposition?.['attached_pic']);
  const [video, audio] = [pictures.map(videoStream), of('audio').map(audioStream)];
  const located = [format.tags, ...streams.map((stream) => stream.tags)].some(hasLocation);
  return {
    container: format.format_name.split(',')[0] ?? format.format_name,
    durationSeconds: longest([...video, ...audio], format.duration),
    bytes: whole(format.size),
    video,
    audio,
    subtitles: of('subtitle').map(({ index, codec_name, tags }) => ({
      index,
      codec: codec_name ?? 'unknown',
      language: /^[A-Za-z]{2,3}$/.exec(tags?.['language'] ?? '')?.[0] ?? null,
    })),
    notes: [
      ...new Set(pictures.flatMap((stream) => shapeNotes(stream).concat(timeNotes(stream)))),
      ...(located ? ['GPS position removed from outputs'] : []),
    ],
  };
};
