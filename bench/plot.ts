/** Lines over two logarithmic axes, as SVG and, where Chromium is there, as PNG. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Line {
  readonly label: string;
  readonly color: string;
  readonly dashed?: boolean;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Plot {
  readonly title: string;
  readonly x: { readonly label: string; readonly ticks: readonly (readonly [number, string])[] };
  readonly y: { readonly label: string; readonly ticks: readonly (readonly [number, string])[] };
  readonly lines: readonly Line[];
}

const [width, height] = [960, 560];
const margin = { left: 90, right: 300, top: 60, bottom: 70 };

const along = (ticks: Plot['x']['ticks'], from: number, to: number): ((value: number) => number) => {
  const values = ticks.map(([value]) => Math.log(value));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return (value) => from + ((Math.log(value) - low) / (high - low)) * (to - from);
};

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

const svgOf = ({ title, x, y, lines }: Plot): string => {
  const [left, right, top, bottom] = [margin.left, width - margin.right, margin.top, height - margin.bottom];
  const [across, up] = [along(x.ticks, left, right), along(y.ticks, bottom, top)];
  const text = (at: readonly [number, number], words: string, more = ''): string =>
    `<text x="${at[0].toFixed(1)}" y="${at[1].toFixed(1)}" ${more}>${escaped(words)}</text>`;
  const grid = [
    ...x.ticks.map(([value, label]) => {
      const at = across(value).toFixed(1);
      return `<path d="M${at} ${top}V${bottom}" stroke="#e3e3e3"/>${text([across(value), bottom + 22], label, 'text-anchor="middle"')}`;
    }),
    ...y.ticks.map(([value, label]) => {
      const at = up(value).toFixed(1);
      return `<path d="M${left} ${at}H${right}" stroke="#e3e3e3"/>${text([left - 10, up(value) + 5], label, 'text-anchor="end"')}`;
    }),
  ];
  const drawn = lines.map(({ label, color, dashed, points }, n) => {
    const path = points
      .map(([a, b], k) => `${k === 0 ? 'M' : 'L'}${across(a).toFixed(1)} ${up(b).toFixed(1)}`)
      .join('');
    const dots = points.map(
      ([a, b]) => `<circle cx="${across(a).toFixed(1)}" cy="${up(b).toFixed(1)}" r="3.5" fill="${color}"/>`,
    );
    const row = top + 10 + n * 26;
    const style = `stroke="${color}" stroke-width="2.5" fill="none"${dashed ? ' stroke-dasharray="7 5"' : ''}`;
    return [
      `<path d="${path}" ${style}/>`,
      ...dots,
      `<path d="M${right + 20} ${row}h28" ${style}/>${text([right + 56, row + 5], label)}`,
    ].join('');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="14">`,
    '<rect width="100%" height="100%" fill="#fff"/>',
    text([left, 32], title, 'font-size="18" font-weight="bold"'),
    ...grid,
    ...drawn,
    text([(left + right) / 2, height - 22], x.label, 'text-anchor="middle"'),
    `<g transform="rotate(-90)">${text([-(top + bottom) / 2, 24], y.label, 'text-anchor="middle"')}</g>`,
    '</svg>',
  ].join('\n');
};

const chromium = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';

/** Writes `bench/results/{name}.svg` and `.png`. */
export const writePlot = async (name: string, plot: Plot): Promise<void> => {
  const folder = join(import.meta.dirname, 'results');
  const svg = svgOf(plot);
  await writeFile(join(folder, `${name}.svg`), `${svg}\n`);
  if (!existsSync(chromium)) return;
  const profile = await mkdtemp(join(tmpdir(), 'kinoduct-plot-'));
  try {
    const page = join(profile, 'plot.html');
    await writeFile(page, `<body style="margin:0">${svg}</body>`);
    const quiet = ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', `--user-data-dir=${profile}`];
    const shot = [`--window-size=${width},${height}`, `--screenshot=${join(folder, `${name}.png`)}`, `file://${page}`];
    await promisify(execFile)(chromium, [...quiet, ...shot]);
  } finally {
    await rm(profile, { recursive: true, force: true });
  }
};
