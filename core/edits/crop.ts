import { Failure } from '../failures.ts';
import { defineEdit, type EditContext } from './define-edit.ts';

type Rect = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/** What is there besides black bars; undefined where there are none. */
const found = ({ find, source, window, moved }: EditContext<'crop'>): Rect | undefined => {
  if (moved) {
    throw new Failure('spec.invalid', {
      detail: 'The crop "auto" looks at the source itself: it has to stand before every edit that crops or turns.',
    });
  }
  return find({ analysis: { kind: 'crop' }, source, window }).rect ?? undefined;
};

export const crop = defineEdit({
  kind: 'crop',
  summary:
    'Keeps a part of the picture: a rectangle in pixels as a viewer sees them, or "auto" for all but black bars.',
  examples: [
    { title: 'The middle', edit: { x: 160, y: 90, width: 320, height: 180 } },
    { title: 'Without black bars', edit: 'auto' },
  ],
  plan: (context) => {
    const { edit, frame } = context;
    const rect = edit === 'auto' ? found(context) : edit;
    if (!rect) return {};
    const { x, y, width, height } = rect;
    if (x + width > frame.width || y + height > frame.height) {
      throw new Failure('spec.invalid', {
        detail: `The crop of ${width}x${height} at ${x},${y} does not lie within the picture of ${frame.width}x${frame.height}.`,
      });
    }
    return { frame: { width, height }, links: [`crop=${width}:${height}:${x}:${y}:exact=1`] };
  },
});
