import { AudioPreset } from '../job/encode.ts';
import type { Template } from '../job/template-record.ts';

export const extractAudio: Template = {
  name: 'extract-audio',
  summary: 'Takes the sound out of a video; copied where its codec is the wanted one already.',
  inputs: { video: { summary: 'The video.' } },
  params: {
    format: {
      type: 'string',
      description: 'What the sound is written as.',
      default: 'mp3',
      enum: [...AudioPreset.options],
    },
  },
  outputs: { audio: '{{format}}' },
};
