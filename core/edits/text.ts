import { Failure } from '../failures.ts';
import type { Link } from '../ffmpeg/recipe.ts';
import type { Anchor } from '../job/values.ts';
import { position, type Sides, sidesOf } from './anchor.ts';
import { defineEdit } from './define-edit.ts';
import { during } from './during.ts';
import { fitted, pitch } from './line-breaks.ts';
import { widthOf } from './sans-widths.ts';

const defaults = { at: 'bottom' as Anchor, color: '#ffffff' } as const;
/** Shares of the shorter side: the size where none is asked for, and the distance from the edges. */
const [sizeShare, marginShare] = [1 / 15, 1 / 25];
/** Between the text and the edge of its box, in times the size. */
const padding = 0.35;
/** The baseline lies so far below the top of a line, in times the size: lines of small letters stand on it as well. */
const ascent = 0.95;
const maxLines = 20;

/** `#rrggbb` or `#rrggbbaa`. */
const colour = (hex: string): string => `0x${hex.slice(1)}`;

const isOpaque = (hex: string): boolean => hex.length === 7 || hex.toLowerCase().endsWith('ff');

/** `drawbox` blends once for each pixel, so that colours which four pixels share would be blended four times. */
const fullChroma = ['format=yuv444p'];

/** Control characters would be drawn as boxes. */
const printable = (value: string): string =>
  value
    .toWellFormed()
    .replaceAll(/\r\n?|[\u2028\u2029\v\f]/g, '\n')
    .replaceAll('\t', '    ')
    .replaceAll(/(?!\n)\p{Cc}/gu, '');

/** Of a box of this length along one axis, within the frame. */
const startOf = (side: Sides['across'], whole: number, length: number, margin: number): number =>
  Math.round(side === 'near' ? margin : side === 'far' ? whole - length - margin : (whole - length) / 2);

export const text = defineEdit({
  kind: 'text',
  summary:
    'Draws text over the picture. Lines that are too long are broken between words; what does not fit the picture is drawn smaller.',
  examples: [
    { title: 'A title in the middle of the upper edge', edit: { value: 'Summer: 50% off!', at: 'top', size: 32 } },
    {
      title: 'Two lines in a half-transparent box, for the first second',
      edit: { value: 'Ana & Ben\nLisbon', at: 'bottom-left', color: '#ffcc00', box: '#00000080', end: 1 },
    },
  ],
  plan: (context) => {
    const { edit, frame } = context;
    const value = printable(edit.value);
    if (value.split('\n').length > maxLines) {
      throw new Failure('spec.invalid', { detail: `A text has at most ${maxLines} lines.` });
    }
    const shortSide = Math.min(frame.width, frame.height);
    const margin = Math.round(shortSide * marginShare);
    const wanted = edit.size ?? Math.max(8, Math.round(shortSide * sizeShare));
    const pad = edit.box === undefined ? 0 : Math.round(Math.min(wanted, shortSide / 4) * padding);
    const inset = 2 * (margin + pad);
    const { lines, size } = fitted(value, wanted, { width: frame.width - inset, height: frame.height - inset });
    const sides = sidesOf(edit.at ?? defaults.at);
    const enable = during(edit, context);
    const width = Math.ceil(Math.max(...lines.map(widthOf)) * size) + 2 * pad;
    const height = Math.ceil(lines.length * size * pitch) + 2 * pad;
    const top = startOf(sides.down, frame.height, height, margin);
    const left = startOf(sides.across, frame.width, width, margin);
    const box: Link[] =
      edit.box === undefined
        ? []
        : [
            ...(isOpaque(edit.box) ? [] : fullChroma),
            `drawbox=x=${left}:y=${top}:w=${width}:h=${height}:color=${colour(edit.box)}:t=fill${enable}`,
          ];
    const x = position(sides.across, 'w', 'text_w', margin + pad);
    const drawn = lines.flatMap((line, n): Link[] => {
      if (line.trim() === '') return [];
      // A line is placed by its baseline: `ascent` is how far its highest letter reaches above it.
      const baseline = Math.round(top + pad + (n * pitch + ascent) * size);
      return [
        {
          filter: `drawtext=textfile={0}:expansion=none:fontfile={1}:fontsize=${size}:fontcolor=${colour(edit.color ?? defaults.color)}:x=${x}:y=${baseline}-ascent${enable}`,
          props: [{ suffix: '.txt', document: { kind: 'text', text: line } }, { asset: 'sans.ttf' }],
        },
      ];
    });
    return { links: [...box, ...drawn] };
  },
});
