/** Where on the picture something lies: one of nine anchors, and a distance from it towards the middle. */
import type { Anchor } from '../job/values.ts';

type Side = 'near' | 'middle' | 'far';

const across = (at: Anchor): Side => (at.endsWith('left') ? 'near' : at.endsWith('right') ? 'far' : 'middle');
const down = (at: Anchor): Side => (at.startsWith('top') ? 'near' : at.startsWith('bottom') ? 'far' : 'middle');

export type Sides = { readonly across: Side; readonly down: Side };

export const sidesOf = (at: Anchor): Sides => ({ across: across(at), down: down(at) });

/** Along one axis, as an expression: `whole` and `part` are lengths, in pixels or as variables of the filter. */
export const position = (side: Side, whole: string, part: string, offset: number): string => {
  if (side === 'near') return String(offset);
  return side === 'far' ? `${whole}-${part}-${offset}` : `(${whole}-${part})/2`;
};
