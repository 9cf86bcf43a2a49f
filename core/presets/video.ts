/** What each video preset sets. The values are those of `docs/reference/presets.md`. */
import type { AudioCodec, Encode, VideoCodec, VideoPreset } from '../job/encode.ts';

export type VideoEncoding = {
  readonly container: 'mp4' | 'mov' | 'mkv' | 'webm' | 'avi';
  readonly videoCodec: VideoCodec;
  /** Constant quality; MPEG-4 part 2 has none and uses `quantizer`. */
  readonly crf?: number;
  readonly quantizer?: number;
  /** x264 and x265 only. */
  readonly speed?: string;
  /** Bits per second; caps the picture by a buffer of two seconds. */
  readonly maxBitrate?: number;
  readonly audioCodec: AudioCodec;
  /** Bits per second. Where it is left out, `audioQuality` is set. */
  readonly audioBitrate?: number;
  readonly audioQuality?: number;
};

const aac = { audioCodec: 'aac', audioBitrate: 128_000 } as const;
const x264 = { videoCodec: 'h264', crf: 23, speed: 'medium' } as const;

const videoPresets: Readonly<Record<VideoPreset, VideoEncoding>> = {
  mp4: { container: 'mp4', ...x264, ...aac },
  'mp4-fast': { container: 'mp4', ...x264, crf: 22, speed: 'fast', ...aac },
  mov: { container: 'mov', ...x264, ...aac },
  mkv: { container: 'mkv', ...x264, ...aac },
  webm: { container: 'webm', videoCodec: 'vp9', crf: 30, audioCodec: 'opus', audioBitrate: 128_000 },
  avi: { container: 'avi', videoCodec: 'mpeg4', quantizer: 5, audioCodec: 'mp3', audioQuality: 2 },
  hevc: { container: 'mp4', videoCodec: 'hevc', crf: 28, speed: 'medium', ...aac },
  av1: { container: 'mp4', videoCodec: 'av1', crf: 35, ...aac },
};

const defaultCrf: Readonly<Record<VideoCodec, number | undefined>> = {
  h264: 23,
  hevc: 28,
  vp9: 30,
  av1: 35,
  mpeg4: undefined,
};

/** A preset, or a preset with some settings replaced. A new codec brings its own default quality. */
export const videoEncoding = (encode: VideoPreset | Encode = 'mp4'): VideoEncoding => {
  if (typeof encode === 'string') return videoPresets[encode];
  const base = videoPresets[encode.preset ?? presetFor(encode)];
  const videoCodec = encode.videoCodec ?? base.videoCodec;
  const sameCodec = videoCodec === base.videoCodec;
  return {
    ...base,
    container: encode.container ?? base.container,
    videoCodec,
    crf: encode.crf ?? (sameCodec ? base.crf : defaultCrf[videoCodec]),
    quantizer: videoCodec === 'mpeg4' ? (base.quantizer ?? 5) : undefined,
    speed: videoCodec === 'h264' || videoCodec === 'hevc' ? (encode.speed ?? base.speed ?? 'medium') : undefined,
    maxBitrate: encode.maxBitrate,
    audioCodec: encode.audioCodec ?? base.audioCodec,
    audioBitrate: encode.audioBitrate ?? base.audioBitrate,
    audioQuality: encode.audioBitrate ? undefined : base.audioQuality,
  };
};

/** Where only the container or the codec is given, the preset that is made for it. */
const presetFor = (encode: Encode): VideoPreset => {
  if (encode.container && encode.container !== 'mp4') return encode.container;
  if (encode.videoCodec === 'hevc' || encode.videoCodec === 'av1') return encode.videoCodec;
  return 'mp4';
};
