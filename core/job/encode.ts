/** How picture and sound are compressed, apart from how they are edited. */
import * as z from 'zod';
import { Bitrate } from './values.ts';

export const VideoPreset = z
  .enum(['mp4', 'mp4-fast', 'webm', 'avi', 'mov', 'mkv', 'hevc', 'av1'])
  .meta({ id: 'VideoPreset' });
export type VideoPreset = z.output<typeof VideoPreset>;
export const AudioPreset = z.enum(['mp3', 'm4a', 'opus', 'wav', 'flac']).meta({ id: 'AudioPreset' });
export type AudioPreset = z.output<typeof AudioPreset>;

/** Every name that may stand for a whole output. */
export const Preset = z.enum([
  ...VideoPreset.options,
  ...AudioPreset.options,
  'gif',
  'hls',
  'dash',
  'thumb',
  'storyboard',
  'probe',
  'copy',
]);
export type Preset = z.output<typeof Preset>;

const Container = z.enum(['mp4', 'mov', 'mkv', 'webm', 'avi']);
export const VideoCodec = z.enum(['h264', 'hevc', 'vp9', 'av1', 'mpeg4']);
export type VideoCodec = z.output<typeof VideoCodec>;
export const AudioCodec = z.enum(['aac', 'opus', 'mp3', 'flac', 'pcm']);
export type AudioCodec = z.output<typeof AudioCodec>;
const Speed = z.enum(['ultrafast', 'superfast', 'veryfast', 'faster', 'fast', 'medium', 'slow', 'slower', 'veryslow']);

/** A preset with some of its settings replaced. */
export const Encode = z
  .strictObject({
    preset: VideoPreset.optional().describe('What the other settings start from; "mp4" where it is left out.'),
    container: Container.optional().describe('Which codecs it may hold is checked.'),
    videoCodec: VideoCodec.optional().describe('That of the preset where it is left out.'),
    crf: z.int().min(0).max(63).optional().describe('Constant quality: lower is better and larger.'),
    speed: Speed.optional().describe('x264 and x265 speed: slower is smaller.'),
    maxBitrate: Bitrate.optional().describe('Caps the picture (VBV).'),
    audioCodec: AudioCodec.optional().describe('That of the preset where it is left out.'),
    audioBitrate: Bitrate.optional().describe('That of the preset where it is left out.'),
  })
  .meta({ id: 'Encode' });
export type Encode = z.output<typeof Encode>;

export const AudioEncode = z
  .strictObject({
    preset: AudioPreset.optional().describe('What the other settings start from; "mp3" where it is left out.'),
    bitrate: Bitrate.optional().describe('Asking for one asks for an encode.'),
    channels: z.int().min(1).max(8).optional().describe('Two where it is left out and the source has more.'),
    sampleRate: z
      .union([z.literal(16000), z.literal(22050), z.literal(32000), z.literal(44100), z.literal(48000)])
      .optional(),
  })
  .meta({ id: 'AudioEncode' });
export type AudioEncode = z.output<typeof AudioEncode>;
