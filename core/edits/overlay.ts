import { Failure } from '../failures.ts';
import { seconds } from '../ffmpeg/numbers.ts';
import type { Source } from '../ffmpeg/recipe.ts';
import type { Dimensions } from '../ffmpeg/size.ts';
import { type Anchor, type Percent, percentValue } from '../job/values.ts';
import { position, sidesOf } from './anchor.ts';
import { defineEdit, type EditContext, type EditOf } from './define-edit.ts';
import { during } from './during.ts';

type Overlay = EditOf<'overlay'>;
type Length = number | Percent;

const defaultAnchor: Anchor = 'bottom-right';

const pixels = (length: Length, whole: number): number =>
  typeof length === 'number' ? length : Math.round((percentValue(length) / 100) * whole);

/** The size that the picture is laid over with: fitted into the box, or the frame, and only enlarged by stretching. */
const fitted = (picture: Dimensions, frame: Dimensions, overlay: Overlay): Dimensions => {
  const width = overlay.width === undefined ? undefined : Math.max(1, pixels(overlay.width, frame.width));
  const height = overlay.height === undefined ? undefined : Math.max(1, pixels(overlay.height, frame.height));
  if (overlay.fit === 'stretch') {
    return { width: width ?? picture.width, height: height ?? picture.height };
  }
  const factor = Math.min(1, (width ?? frame.width) / picture.width, (height ?? frame.height) / picture.height);
  return {
    width: Math.max(1, Math.round(picture.width * factor)),
    height: Math.max(1, Math.round(picture.height * factor)),
  };
};

/** A film or a GIF, as opposed to a single picture. */
const moves = ({ probe }: Source): boolean => !probe.container.endsWith('_pipe');

/** What moves starts when it is first shown. */
const fromStart = (overlay: Overlay, { inOutput }: Pick<EditContext, 'inOutput'>): string[] => {
  const start = seconds(inOutput(overlay.start ?? 0));
  return [start === '0' ? 'setpts=PTS-STARTPTS' : `setpts=PTS-STARTPTS+${start}/TB`];
};

export const overlay = defineEdit({
  kind: 'overlay',
  summary:
    'Lays a picture over the video: a watermark, a logo, a badge. One that moves (a GIF, a film) starts when it is first shown and is repeated to the end.',
  examples: [
    {
      title: 'A watermark of at most 100 × 100 in the lower right corner',
      edit: { image: 'logo', at: 'bottom-right', x: 10, y: 10, width: 100, height: 100, fit: 'inside' },
    },
    {
      title: 'A half-transparent badge for the first second',
      edit: { image: 'logo', at: 'top-left', x: '2%', y: '2%', width: '20%', opacity: 0.5, start: 0, end: 1 },
    },
  ],
  plan: (context) => {
    const { edit, frame, sourceOf } = context;
    if (typeof edit.image !== 'string') {
      throw new Failure('spec.unsupported', { detail: 'An overlay is an input or an output, by name.' });
    }
    const source = sourceOf(edit.image);
    if (!source.video) {
      throw new Failure('input.no_video_stream', { detail: `The overlay "${edit.image}" has no picture.` });
    }
    const size = fitted(source.video, frame, edit);
    const { across, down } = sidesOf(edit.at ?? defaultAnchor);
    const x = position(across, 'W', 'w', pixels(edit.x ?? 0, frame.width));
    const y = position(down, 'H', 'h', pixels(edit.y ?? 0, frame.height));
    const opacity = edit.opacity ?? 1;
    return {
      links: [
        {
          overlay: source,
          ...(moves(source) ? { loop: true } : {}),
          prepare: [
            ...(moves(source) ? fromStart(edit, context) : []),
            `scale=${size.width}:${size.height}`,
            'format=rgba',
            ...(opacity === 1 ? [] : [`colorchannelmixer=aa=${opacity}`]),
          ],
          // One that is repeated has no end of its own.
          place: `x=${x}:y=${y}${moves(source) ? ':shortest=1' : ''}${during(edit, context)}`,
        },
      ],
    };
  },
});
