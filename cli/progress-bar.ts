/** How far something is: a bar that moves on a terminal, a line now and then anywhere else. */
import { Presets, SingleBar } from 'cli-progress';

export interface ProgressBar {
  /** `share` is 0..1; `note` says what is being done. */
  update(share: number, note: string): void;
  stop(): void;
}

const percent = (share: number): number => Math.floor(share * 100);

const movingBar = (title: string): ProgressBar => {
  const format = `  ${title.padEnd(8)} {bar} {percentage}% {note}`;
  const bar = new SingleBar({ format, hideCursor: true, barsize: 30, linewrap: false }, Presets.shades_classic);
  bar.start(100, 0, { note: '' });
  return { update: (share, note) => bar.update(percent(share), { note }), stop: () => bar.stop() };
};

const plainLines = (title: string, write: (line: string) => void): ProgressBar => {
  let shown = -1;
  return {
    update: (share, note) => {
      const quarter = Math.floor(share * 4);
      if (quarter === shown) return;
      shown = quarter;
      write(`  ${title.padEnd(8)} ${percent(share)}% ${note}`);
    },
    stop: () => {},
  };
};

export const progressBar = (title: string, write: (line: string) => void): ProgressBar =>
  process.stdout.isTTY ? movingBar(title) : plainLines(title, write);
