import { AudioPreset, VideoPreset } from '../job/encode.ts';
import type { Template } from '../job/template-record.ts';

/** The picture is taken at 10 s, or at the last frame of what is shorter. */
export const convert: Template = {
  name: 'convert',
  summary: 'Converts a video to another format, and takes a small picture of it at ten seconds.',
  inputs: { video: { summary: 'The video.' } },
  params: {
    format: {
      type: 'string',
      description: 'What it is converted to.',
      default: 'mp4-fast',
      enum: [...VideoPreset.options, 'gif', ...AudioPreset.options],
    },
  },
  outputs: {
    output: '{{format}}',
    thumbnail: { type: 'image', at: '10s', size: { width: 320 }, when: 'hasVideo' },
  },
};
