/** Lines over two logarithmic axes. */
import { cardSide, cardTop, colors, text, writeCard } from './svg.ts';

export interface Line {
  readonly label: string;
  readonly color: string;
  readonly dashed?: boolean;
  readonly points: readonly (readonly [x: number, y: number])[];
}

type Ticks = readonly (readonly [at: number, label: string])[];

export interface Plot {
  readonly title: string;
  readonly subtitle: string;
  readonly x: { readonly label: string; readonly ticks: Ticks };
  readonly y: { readonly label: string; readonly ticks: Ticks };
  /** From top to bottom at their right ends. */
  readonly lines: readonly Line[];
}

const [width, height] = [960, 540];
const [left, right, top, bottom] = [cardSide + 64, width - 290, cardTop + 12, height - 66];

const along = (ticks: Ticks, from: number, to: number): ((value: number) => number) => {
  const values = ticks.map(([value]) => Math.log(value));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return (value) => from + ((Math.log(value) - low) / (high - low)) * (to - from);
};

/** Writes `bench/results/{name}.svg` and `.png`. */
export const writePlot = (name: string, { title, subtitle, x, y, lines }: Plot): Promise<void> => {
  const [across, up] = [along(x.ticks, left, right), along(y.ticks, bottom, top)];
  const soft = `fill="${colors.soft}"`;
  const grid = [
    ...x.ticks.map(([value, label]) => {
      const at = across(value);
      return `<path d="M${at.toFixed(1)} ${top}V${bottom}" stroke="${colors.grid}"/>${text(at, bottom + 20, label, `text-anchor="middle" ${soft}`)}`;
    }),
    ...y.ticks.map(([value, label]) => {
      const at = up(value);
      return `<path d="M${left} ${at.toFixed(1)}H${right}" stroke="${colors.grid}"/>${text(left - 10, at + 4.5, label, `text-anchor="end" ${soft}`)}`;
    }),
  ];
  let below = -Infinity;
  const drawn = lines.map(({ label, color, dashed, points }) => {
    const path = points
      .map(([a, b], k) => `${k === 0 ? 'M' : 'L'}${across(a).toFixed(1)} ${up(b).toFixed(1)}`)
      .join('');
    const dots = points.map(
      ([a, b]) => `<circle cx="${across(a).toFixed(1)}" cy="${up(b).toFixed(1)}" r="4" fill="${color}" stroke="#fff"/>`,
    );
    // Names stand at the ends of their lines, and below one another where these are close.
    const end = up(points.at(-1)?.[1] ?? 1) + 4.5;
    below = Math.max(end, below + 20);
    const stroke = `stroke="${color}" stroke-width="3" fill="none"${dashed ? ' stroke-dasharray="8 5"' : ''}`;
    return `<path d="${path}" ${stroke}/>${dots.join('')}${text(right + 14, below, label, `fill="${color}" font-weight="bold"`)}`;
  });
  return writeCard(name, {
    width,
    height,
    title,
    subtitle,
    drawn: [
      ...grid,
      ...drawn,
      text((left + right) / 2, height - 22, x.label, `text-anchor="middle" ${soft}`),
      `<g transform="rotate(-90)">${text(-(top + bottom) / 2, cardSide - 2, y.label, `text-anchor="middle" ${soft}`)}</g>`,
    ],
  });
};
