import type { Template } from '../job/template-record.ts';

/** Usually called with an address. The item of the library that the download becomes stays, whatever becomes of the job. */
export const importMedia: Template = {
  name: 'import',
  summary: 'Brings a video in, keeps the original and what is known of it, and cuts it into clips.',
  inputs: { video: { summary: 'The video: an address, an upload, an object in a bucket.' } },
  params: {
    by: {
      type: 'string',
      description: 'Where it is cut.',
      default: 'scene',
      enum: ['scene', 'silence', 'black'],
    },
    min: {
      type: 'duration',
      description: 'The shortest clip that is made.',
      default: '3s',
      minimum: 0.5,
      maximum: 3600,
    },
  },
  outputs: {
    original: 'copy',
    meta: 'probe',
    clips: { type: 'clips', by: '{{by}}', min: '{{min}}' },
  },
};
