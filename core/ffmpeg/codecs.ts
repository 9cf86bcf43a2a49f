/** The FFmpeg arguments of each codec. Values come from the presets; nothing here is a user's text. */
import type { AudioCodec } from '../job/encode.ts';
import type { AudioEncoding } from '../presets/audio.ts';
import type { VideoEncoding } from '../presets/video.ts';

const kilobits = (bits: number): string => `${Math.round(bits / 1000)}k`;

/** ffprobe's name of what each encoder writes. */
export const codecName: Readonly<Record<AudioCodec | VideoEncoding['videoCodec'], string>> = {
  h264: 'h264',
  hevc: 'hevc',
  vp9: 'vp9',
  av1: 'av1',
  mpeg4: 'mpeg4',
  aac: 'aac',
  opus: 'opus',
  mp3: 'mp3',
  flac: 'flac',
  pcm: 'pcm_s16le',
};

const encoderName: Readonly<Record<AudioCodec | VideoEncoding['videoCodec'], string>> = {
  h264: 'libx264',
  hevc: 'libx265',
  vp9: 'libvpx-vp9',
  av1: 'libsvtav1',
  mpeg4: 'mpeg4',
  aac: 'aac',
  opus: 'libopus',
  mp3: 'libmp3lame',
  flac: 'flac',
  pcm: 'pcm_s16le',
};

const rateCap = (bits: number | undefined): string[] =>
  bits === undefined ? [] : ['-maxrate', kilobits(bits), '-bufsize', kilobits(bits * 2)];

const crf = (encoding: VideoEncoding): string[] => (encoding.crf === undefined ? [] : ['-crf', String(encoding.crf)]);

const speed = (encoding: VideoEncoding): string[] => (encoding.speed ? ['-preset', encoding.speed] : []);

export const videoCodecArguments = (encoding: VideoEncoding): string[] => {
  const codec = ['-c:v', encoderName[encoding.videoCodec]];
  switch (encoding.videoCodec) {
    case 'h264':
      return [...codec, ...speed(encoding), ...crf(encoding), ...rateCap(encoding.maxBitrate)];
    case 'hevc':
      // hvc1 is the tag that Apple's players ask for; x265 writes its own log unless told not to.
      return [
        ...codec,
        ...speed(encoding),
        ...crf(encoding),
        ...rateCap(encoding.maxBitrate),
        ...(encoding.container === 'mp4' || encoding.container === 'mov' ? ['-tag:v', 'hvc1'] : []),
        ...['-x265-params', 'log-level=error'],
      ];
    case 'vp9': {
      // A target of 0 makes -crf the only goal; with a cap it is the most that may be spent.
      const target = encoding.maxBitrate === undefined ? '0' : kilobits(encoding.maxBitrate);
      return [...codec, ...crf(encoding), '-b:v', target, '-row-mt', '1', '-deadline', 'good', '-cpu-used', '4'];
    }
    case 'av1':
      return [...codec, ...crf(encoding), '-preset', '8'];
    case 'mpeg4':
      return [...codec, '-q:v', String(encoding.quantizer ?? 5)];
  }
};

export const audioCodecArguments = (codec: AudioCodec, quality: { bitrate?: number; quality?: number }): string[] => [
  ...['-c:a', encoderName[codec]],
  ...(quality.quality === undefined ? [] : ['-q:a', String(quality.quality)]),
  ...(quality.bitrate === undefined || quality.quality !== undefined ? [] : ['-b:a', kilobits(quality.bitrate)]),
];

/** Rates that every one of our encoders takes. Anything else is resampled to 48 kHz. */
const commonRates: ReadonlySet<number> = new Set([32_000, 44_100, 48_000]);

/** Channels and sample rate; an explicit count also mends layouts that have no name, which AAC refuses. */
export const soundShape = (
  source: { channels: number; sampleRate: number },
  asked: { codec: AudioCodec; channels?: number; sampleRate?: number },
): { channels: number; sampleRate: number; arguments: string[] } => {
  const channels = asked.channels ?? Math.min(2, Math.max(1, source.channels));
  const keep = asked.codec !== 'opus' && commonRates.has(source.sampleRate);
  const sampleRate = asked.codec === 'opus' ? 48_000 : (asked.sampleRate ?? (keep ? source.sampleRate : 48_000));
  return { channels, sampleRate, arguments: ['-ac', String(channels), '-ar', String(sampleRate)] };
};

const containers: Readonly<
  Record<VideoEncoding['container'], { muxer: string; contentType: string; flags: string[] }>
> = {
  mp4: { muxer: 'mp4', contentType: 'video/mp4', flags: ['-movflags', '+faststart'] },
  mov: { muxer: 'mov', contentType: 'video/quicktime', flags: ['-movflags', '+faststart'] },
  mkv: { muxer: 'matroska', contentType: 'video/x-matroska', flags: [] },
  webm: { muxer: 'webm', contentType: 'video/webm', flags: [] },
  avi: { muxer: 'avi', contentType: 'video/x-msvideo', flags: [] },
};

export const containerOf = (container: VideoEncoding['container']) => containers[container];

/** Which codecs a container may hold, so that a job that mixes them up is refused before it runs. */
export const holds: Readonly<
  Record<VideoEncoding['container'], { video: readonly VideoEncoding['videoCodec'][]; audio: readonly AudioCodec[] }>
> = {
  mp4: { video: ['h264', 'hevc', 'av1', 'vp9', 'mpeg4'], audio: ['aac', 'mp3', 'opus', 'flac'] },
  mov: { video: ['h264', 'hevc', 'mpeg4'], audio: ['aac', 'mp3', 'pcm'] },
  mkv: { video: ['h264', 'hevc', 'av1', 'vp9', 'mpeg4'], audio: ['aac', 'mp3', 'opus', 'flac', 'pcm'] },
  webm: { video: ['vp9', 'av1'], audio: ['opus'] },
  avi: { video: ['h264', 'mpeg4'], audio: ['mp3', 'pcm'] },
};

export const audioFileArguments = (encoding: AudioEncoding): string[] => [
  ...(encoding.muxer === 'ipod' ? ['-movflags', '+faststart'] : []),
  ...['-f', encoding.muxer],
];
