import { fileArgument, quietFlags } from '../ffmpeg/hardened.ts';
import { defineInput, fetchLimits, fetchTaskId } from './define-input.ts';

const defaultSize = '1280x720';
const defaultFps = 30;
const file = 'test.mkv';

/** The chart moves, counts frames and seconds, and beeps once a second, so that eyes and ears can check sync. */
export const test = defineInput({
  kind: 'test',
  summary: "A test chart with a beep each second, made by FFmpeg's own sources.",
  examples: [{ test: { seconds: 2 } }, { test: { seconds: 1, size: '640x360', fps: 25 } }],
  fetch: ({ name, input }) => {
    const { seconds, size = defaultSize, fps = defaultFps } = input.test;
    return {
      kind: 'fetch',
      id: fetchTaskId(name),
      input: name,
      generate: {
        file,
        contentType: 'video/x-matroska',
        command: {
          arguments: [
            ...quietFlags,
            ...['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${fps}`],
            ...['-f', 'lavfi', '-i', 'sine=frequency=220:beep_factor=4:sample_rate=48000'],
            ...['-map', '0:v:0', '-map', '1:a:0', '-t', String(seconds)],
            ...['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '12', '-pix_fmt', 'yuv420p'],
            ...['-c:a', 'pcm_s16le', '-ac', '2'],
            ...['-progress', 'pipe:3', '-f', 'matroska', fileArgument(file)],
          ],
          progressSeconds: seconds,
        },
      },
      limits: fetchLimits,
    };
  },
});
