/** What every plot is drawn on: a light card with round corners, so that it can be read on a white page and on a dark one. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Card {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  /** A line below the title. */
  readonly subtitle: string;
  /** Elements of SVG. */
  readonly drawn: readonly string[];
}

export const colors = {
  ours: '#0b7285',
  second: '#7048e8',
  other: '#adb5bd',
  plain: '#c92a2a',
  target: '#2b8a3e',
  ink: '#212529',
  soft: '#5c6770',
  grid: '#e3e7eb',
} as const;

/** Where the drawing of a card begins: what is above is its title. */
export const cardTop = 84;
export const cardSide = 32;

const escaped = (words: string): string =>
  words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Attributes are ours and never escaped. */
export const text = (x: number, y: number, words: string, more = ''): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${escaped(words)}</text>`;

const cardOf = ({ width, height, title, subtitle, drawn }: Card): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="Inter, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="13" fill="${colors.ink}">`,
    `<rect x="1" y="1" width="${width - 2}" height="${height - 2}" rx="14" fill="#fff" stroke="#d0d7de" stroke-width="1.5"/>`,
    text(cardSide, 38, title, 'font-size="19" font-weight="bold"'),
    text(cardSide, 60, subtitle, `fill="${colors.soft}"`),
    ...drawn,
    '</svg>',
  ].join('\n');

const chromium = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';

/** Writes `bench/results/{name}.svg` and, where Chromium is there, the same as PNG in twice its size. */
export const writeCard = async (name: string, card: Card): Promise<void> => {
  const folder = join(import.meta.dirname, 'results');
  const svg = cardOf(card);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.svg`), `${svg}\n`);
  if (!existsSync(chromium)) return;
  const profile = await mkdtemp(join(tmpdir(), 'kinoduct-plot-'));
  try {
    const page = join(profile, 'plot.html');
    await writeFile(page, `<body style="margin:0">${svg}</body>`);
    const quiet = ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', `--user-data-dir=${profile}`];
    const shot = [
      ...['--force-device-scale-factor=2', '--default-background-color=00000000'],
      ...[
        `--window-size=${card.width},${card.height}`,
        `--screenshot=${join(folder, `${name}.png`)}`,
        `file://${page}`,
      ],
    ];
    await promisify(execFile)(chromium, [...quiet, ...shot]);
  } finally {
    await rm(profile, { recursive: true, force: true });
  }
};
