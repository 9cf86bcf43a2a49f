import { fileArgument, quietFlags } from '../ffmpeg/hardened.ts';
import { defineInput, fetchLimits, fetchTaskId } from './define-input.ts';

const size = '1280x720';
const fps = 30;
const file = 'color.mkv';

/** Without loss, so that what is laid under or over it keeps the very colour. */
export const color = defineInput({
  kind: 'color',
  summary: `A plain colour, ${size} at ${fps} frames a second, without sound. With two digits more it is translucent.`,
  examples: [
    { color: '#1a2b3c', seconds: 2 },
    { color: '#ff000080', seconds: 1 },
  ],
  fetch: ({ name, input }) => {
    const isTranslucent = input.color.length > 7;
    const format = isTranslucent ? 'yuva420p' : 'yuv420p';
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
            ...['-f', 'lavfi', '-i', `color=c=0x${input.color.slice(1)}:size=${size}:rate=${fps},format=${format}`],
            ...['-map', '0:v:0', '-t', String(input.seconds)],
            ...(isTranslucent
              ? ['-c:v', 'ffv1']
              : ['-c:v', 'libx264', '-preset', 'ultrafast', '-qp', '0', '-pix_fmt', format]),
            ...['-progress', 'pipe:3', '-f', 'matroska', fileArgument(file)],
          ],
          progressSeconds: input.seconds,
        },
      },
      limits: fetchLimits,
    };
  },
});
