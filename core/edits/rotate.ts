import { defineEdit } from './define-edit.ts';

const turns = { 0: [], 90: ['transpose=clock'], 180: ['hflip', 'vflip'], 270: ['transpose=cclock'] } as const;

export const rotate = defineEdit({
  kind: 'rotate',
  summary: 'Turns the picture clockwise, beyond what the file itself says of its orientation.',
  examples: [
    { title: 'A quarter turn clockwise: width and height change places', edit: 90 },
    { title: 'Upside down', edit: 180 },
  ],
  plan: ({ edit, frame }) => {
    if (edit === 0) return {};
    const lies = edit !== 180;
    return { links: turns[edit], frame: lies ? { width: frame.height, height: frame.width } : frame };
  },
});
