/** Probes as the planner sees them, for tests that need no file. */
import type { AudioStream, Probe, VideoStream } from '#core/media/probe.ts';
import { predictAudio, predictProbe, predictVideo } from '#core/outputs/predict.ts';

/** A 10 s landscape clip of 1280 × 720 at 30 fps with stereo AAC. */
export const aVideoTrack = (changes: Partial<VideoStream> = {}): VideoStream => ({
  ...predictVideo({ width: 1280, height: 720, codec: 'h264', fps: { num: 30, den: 1 }, seconds: 10 }),
  ...changes,
});

export const anAudioTrack = (changes: Partial<AudioStream> = {}): AudioStream => ({
  ...predictAudio({ index: 1, codec: 'aac', channels: 2, sampleRate: 48_000, seconds: 10 }),
  bitrate: 256_000,
  ...changes,
});

export const aProbe = (changes: Partial<Probe> = {}): Probe => ({
  ...predictProbe({ container: 'mov', seconds: 10, video: aVideoTrack(), audio: anAudioTrack() }),
  ...changes,
});

/** A still picture of 400 × 200, such as a logo. */
export const aCaptionProbe = (): Probe => predictProbe({ container: 'srt', seconds: null });

export const aPictureProbe = (): Probe =>
  predictProbe({
    container: 'png_pipe',
    seconds: null,
    video: predictVideo({ width: 400, height: 200, codec: 'png', fps: null, seconds: null }),
  });
