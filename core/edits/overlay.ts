import { Failure } from '../failures.ts';
import type { Dimensions } from '../ffmpeg/size.ts';
import { type Anchor, type Percent, percentValue } from '../job/values.ts';
import { defineEdit, type EditContext, type EditOf } from './define-edit.ts';

type Overlay = EditOf<'overlay'>;
type Length = number | Percent;

const defaultAnchor: Anchor = 'bottom-right';

const pixels = (length: Length, whole: number): number =>
  typeof length === 'number' ? length : Math.round((percentValue(length) / 100) * whole);

/** The size that the picture is laid over with: fitted into the box, never enlarged unless it is stretched. */
const fitted = (picture: Dimensions, frame: Dimensions, overlay: Overlay): Dimensions => {
  const box = {
    width: overlay.width === undefined ? undefined : pixels(overlay.width, frame.width),
    height: overlay.height === undefined ? undefined : pixels(overlay.height, frame.height),
  };
  if (overlay.fit === 'stretch') {
    return { width: box.width ?? picture.width, height: box.height ?? picture.height };
  }
  const factor = Math.min(1, (box.width ?? Infinity) / picture.width, (box.height ?? Infinity) / picture.height);
  return {
    width: Math.max(1, Math.round(picture.width * factor)),
    height: Math.max(1, Math.round(picture.height * factor)),
  };
};

/** Where along one axis: from the near edge, from the far edge, or centred. */
const position = (side: 'near' | 'middle' | 'far', frame: string, picture: string, offset: number): string => {
  if (side === 'near') return String(offset);
  return side === 'far' ? `${frame}-${picture}-${offset}` : `(${frame}-${picture})/2`;
};

const horizontal = (at: Anchor) => (at.endsWith('left') ? 'near' : at.endsWith('right') ? 'far' : 'middle');
const vertical = (at: Anchor) => (at.startsWith('top') ? 'near' : at.startsWith('bottom') ? 'far' : 'middle');

const during = (overlay: Overlay, { seconds, inOutput }: Pick<EditContext, 'seconds' | 'inOutput'>): string => {
  if (overlay.start === undefined && overlay.end === undefined) return '';
  const [start, end] = [inOutput(overlay.start ?? 0), inOutput(overlay.end ?? seconds ?? 36_000)];
  return `:enable='between(t,${start},${end})'`;
};

export const overlay = defineEdit({
  kind: 'overlay',
  summary: 'Lays a picture over the video: a watermark, a logo, a badge.',
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
    const at = edit.at ?? defaultAnchor;
    const x = position(horizontal(at), 'W', 'w', pixels(edit.x ?? 0, frame.width));
    const y = position(vertical(at), 'H', 'h', pixels(edit.y ?? 0, frame.height));
    const opacity = edit.opacity ?? 1;
    return {
      links: [
        {
          overlay: source,
          prepare: [
            `scale=${size.width}:${size.height}`,
            'format=rgba',
            ...(opacity === 1 ? [] : [`colorchannelmixer=aa=${opacity}`]),
          ],
          place: `x=${x}:y=${y}${during(edit, context)}`,
        },
      ],
    };
  },
});
