import { defineEdit } from './define-edit.ts';

/** `atempo` skips samples above 2, and takes no less than 0.5. */
const atempo = { min: 0.5, max: 2 } as const;

/** Filters that make the pictures come `tempo` times faster; the rate has to be made constant afterwards. */
export const fasterPicture = (tempo: number): string[] => (tempo === 1 ? [] : [`setpts=PTS/${tempo}`]);

/** Filters that make the sound `tempo` times faster at the same pitch. */
export const fasterSound = (tempo: number): string[] => {
  if (tempo === 1) return [];
  const step = Math.min(atempo.max, Math.max(atempo.min, tempo));
  return [`atempo=${step}`, ...fasterSound(tempo / step)];
};

export const speed = defineEdit({
  kind: 'speed',
  summary:
    'Plays faster or slower; the sound keeps its pitch. Times of later edits count in the new time, those of earlier edits in the old one.',
  examples: [
    { title: 'Twice as fast', edit: 2 },
    { title: 'Slow motion, at a quarter of the speed', edit: 0.25 },
  ],
  plan: ({ edit }) => ({ tempo: edit }),
});
