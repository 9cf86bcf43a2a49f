import { fileArgument, quietFlags } from '../ffmpeg/hardened.ts';
import { defineInput, fetchLimits, fetchTaskId } from './define-input.ts';

const file = 'silence.flac';

export const silence = defineInput({
  kind: 'silence',
  summary: 'Seconds of silence: stereo, 48 kHz, no picture.',
  examples: [{ silence: 2 }],
  fetch: ({ name, input }) => ({
    kind: 'fetch',
    id: fetchTaskId(name),
    input: name,
    generate: {
      file,
      contentType: 'audio/flac',
      command: {
        arguments: [
          ...quietFlags,
          ...['-f', 'lavfi', '-i', 'anullsrc=channel_layout=stereo:sample_rate=48000'],
          ...['-map', '0:a:0', '-t', String(input.silence), '-c:a', 'flac'],
          ...['-progress', 'pipe:3', '-f', 'flac', fileArgument(file)],
        ],
        progressSeconds: input.silence,
      },
    },
    limits: fetchLimits,
  }),
});
