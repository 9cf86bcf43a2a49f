import type { Template } from '../job/template-record.ts';

/** The preview is a few seconds of the video: a GIF of a whole film would be larger than the film. */
export const vod: Template = {
  name: 'vod',
  summary: 'Makes everything that a player needs of one video: streams, a file, pictures and the sound.',
  inputs: { video: { summary: 'The video.' } },
  params: {
    height: {
      type: 'integer',
      description: 'The shorter side of the MP4 in pixels; it is never enlarged.',
      default: 720,
      minimum: 144,
      maximum: 2160,
    },
    previewSeconds: {
      type: 'number',
      description: 'How long the preview is.',
      default: 4,
      minimum: 0.5,
      maximum: 15,
    },
  },
  outputs: {
    abr: { type: 'stream', formats: ['hls', 'dash'] },
    mp4: { type: 'video', size: { shortSide: '{{height}}' } },
    poster: 'thumb',
    board: 'storyboard',
    preview: { type: 'preview', format: 'gif', seconds: '{{previewSeconds}}' },
    audio: { type: 'audio', encode: 'm4a', when: 'hasAudio' },
  },
};
