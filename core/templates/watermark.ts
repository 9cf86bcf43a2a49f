import type { Template } from '../job/template-record.ts';

/** The logo keeps its shape, never grows, and keeps the given distance from the lower right corner. */
export const watermark: Template = {
  name: 'watermark',
  summary: 'Lays a logo over the lower right corner of a video, at most 100×100 pixels large.',
  inputs: { video: { summary: 'The video.' }, logo: { summary: 'The picture that is laid over it.' } },
  params: {
    x: {
      type: 'integer',
      description: 'Pixels between the logo and the right edge.',
      default: 10,
      minimum: 0,
      maximum: 8192,
    },
    y: {
      type: 'integer',
      description: 'Pixels between the logo and the lower edge.',
      default: 10,
      minimum: 0,
      maximum: 8192,
    },
  },
  outputs: {
    marked: {
      type: 'video',
      from: 'video',
      edit: [
        {
          overlay: {
            image: 'logo',
            at: 'bottom-right',
            x: '{{x}}',
            y: '{{y}}',
            width: 100,
            height: 100,
            fit: 'inside',
          },
        },
      ],
    },
  },
};
