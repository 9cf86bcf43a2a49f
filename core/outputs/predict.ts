/** What an output will be, before it is made: outputs that are made from it are planned on this. */
import type { AudioStream, Probe, Rational, VideoStream } from '../media/probe.ts';
import type { Dimensions } from '../ffmpeg/size.ts';

const square: Rational = { num: 1, den: 1 };

export const predictVideo = (
  picture: Dimensions & { codec: string; fps: Rational | null; seconds: number | null },
): VideoStream => ({
  index: 0,
  codec: picture.codec,
  profile: null,
  width: picture.width,
  height: picture.height,
  codedWidth: picture.width,
  codedHeight: picture.height,
  rotation: 0,
  sampleAspectRatio: square,
  fps: picture.fps,
  pixelFormat: 'yuv420p',
  durationSeconds: picture.seconds,
  frames: null,
  transfer: 'sdr',
  interlaced: false,
});

export const predictAudio = (sound: {
  index: number;
  codec: string;
  channels: number;
  sampleRate: number;
  seconds: number | null;
}): AudioStream => ({
  index: sound.index,
  codec: sound.codec,
  channels: sound.channels,
  layout: null,
  sampleRate: sound.sampleRate,
  bitrate: null,
  durationSeconds: sound.seconds,
});

export const predictProbe = (parts: {
  container: string;
  seconds: number | null;
  video?: VideoStream;
  audio?: AudioStream;
}): Probe => ({
  container: parts.container,
  durationSeconds: parts.seconds,
  bytes: 0,
  video: parts.video ? [parts.video] : [],
  audio: parts.audio ? [parts.audio] : [],
  subtitles: [],
  notes: [],
});
