/** Bars beside their names; more than one measure stands in panels side by side. */
import { cardSide, cardTop, colors, text, writeCard } from './svg.ts';

export interface Panel {
  readonly title: string;
  /** How a value is written behind its bar. */
  readonly told: (value: number) => string;
  /** What a value should not exceed. */
  readonly target?: { readonly at: number; readonly label: string };
}

export interface Bar {
  readonly label: string;
  readonly color: string;
  /** One for each panel; a text stands where there is no number. */
  readonly values: readonly (number | string)[];
}

export interface Bars {
  readonly title: string;
  readonly subtitle: string;
  readonly panels: readonly Panel[];
  readonly groups: readonly { readonly label?: string; readonly bars: readonly Bar[] }[];
  /** Pixels for the names. */
  readonly names?: number;
}

const width = 960;
const [row, bar, heading, gap, valueRoom] = [25, 15, 27, 28, 92];

const numbers = (bars: readonly Bar[], panel: number): number[] =>
  bars.flatMap(({ values }) => {
    const value = values[panel];
    return typeof value === 'number' ? [value] : [];
  });

/** Writes `bench/results/{name}.svg` and `.png`. */
export const writeBars = (name: string, { title, subtitle, panels, groups, names = 250 }: Bars): Promise<void> => {
  const all = groups.flatMap(({ bars }) => bars);
  const left = cardSide + names;
  const each = (width - cardSide - left - gap * (panels.length - 1)) / panels.length;
  const placed = panels.map((panel, n) => {
    const most = Math.max(...numbers(all, n), panel.target?.at ?? 0, Number.MIN_VALUE);
    const start = left + n * (each + gap);
    return { ...panel, start, to: (value: number): number => start + (value / most) * (each - valueRoom) };
  });
  const top = cardTop + 34;
  let y = top;
  const drawn: string[] = [];
  for (const { label, bars } of groups) {
    if (label !== undefined) {
      // White around it keeps the axes out.
      drawn.push(
        text(cardSide, y + 17, label, 'font-weight="bold" stroke="#fff" stroke-width="6" paint-order="stroke"'),
      );
      y += heading;
    }
    for (const { label: of, color, values } of bars) {
      drawn.push(text(left - 12, y + 16, of, 'text-anchor="end"'));
      for (const [n, { start, to, told }] of placed.entries()) {
        const value = values[n];
        if (typeof value !== 'number') {
          drawn.push(text(start + 2, y + 16, value ?? '', `fill="${colors.soft}"`));
          continue;
        }
        const end = Math.max(to(value), start + 1.5);
        drawn.push(
          `<rect x="${start.toFixed(1)}" y="${y + 4}" width="${(end - start).toFixed(1)}" height="${bar}" rx="2.5" fill="${color}"/>`,
          text(end + 7, y + 16, told(value)),
        );
      }
      y += row;
    }
    y += label === undefined ? 0 : 8;
  }
  const panelsDrawn = placed.flatMap(({ title: of, start, to, target }) => [
    text(start, cardTop + 14, of, `fill="${colors.soft}" font-weight="bold"`),
    `<path d="M${start} ${top - 6}V${y + 4}" stroke="${colors.grid}"/>`,
    ...(target
      ? [
          `<path d="M${to(target.at).toFixed(1)} ${top - 6}V${y + 8}" stroke="${colors.target}" stroke-width="1.5" stroke-dasharray="5 4"/>`,
          text(to(target.at), y + 23, target.label, `text-anchor="middle" fill="${colors.target}"`),
        ]
      : []),
  ]);
  const height = y + (panels.some(({ target }) => target) ? 42 : 26);
  return writeCard(name, { width, height, title, subtitle, drawn: [...panelsDrawn, ...drawn] });
};
