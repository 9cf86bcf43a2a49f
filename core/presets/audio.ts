/** What each audio preset sets. */
import type { AudioCodec, AudioEncode, AudioPreset } from '../job/encode.ts';

export type AudioEncoding = {
  readonly codec: AudioCodec;
  /** Bits per second; lossless codecs have none. */
  readonly bitrate?: number;
  readonly channels?: number;
  readonly sampleRate?: number;
  readonly extension: string;
  readonly muxer: string;
  readonly contentType: string;
};

const audioPresets: Readonly<Record<AudioPreset, AudioEncoding>> = {
  mp3: { codec: 'mp3', bitrate: 192_000, extension: 'mp3', muxer: 'mp3', contentType: 'audio/mpeg' },
  m4a: { codec: 'aac', bitrate: 128_000, extension: 'm4a', muxer: 'ipod', contentType: 'audio/mp4' },
  opus: { codec: 'opus', bitrate: 128_000, extension: 'opus', muxer: 'ogg', contentType: 'audio/ogg' },
  wav: { codec: 'pcm', extension: 'wav', muxer: 'wav', contentType: 'audio/wav' },
  flac: { codec: 'flac', extension: 'flac', muxer: 'flac', contentType: 'audio/flac' },
};

export const audioEncoding = (encode: AudioPreset | AudioEncode = 'mp3'): AudioEncoding => {
  if (typeof encode === 'string') return audioPresets[encode];
  const base = audioPresets[encode.preset ?? 'mp3'];
  return {
    ...base,
    bitrate: base.bitrate === undefined ? undefined : (encode.bitrate ?? base.bitrate),
    channels: encode.channels,
    sampleRate: encode.sampleRate,
  };
};
