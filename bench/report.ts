/** Writes what was measured to `bench/results/`, for machines as JSON and for people as a table. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Machine, machine } from './machine.ts';

export interface Row {
  readonly what: string;
  readonly measured: string;
  readonly target: string;
  readonly met: boolean;
}

export interface Report {
  readonly title: string;
  readonly how: string;
  readonly rows: readonly Row[];
  /** Everything behind the rows. */
  readonly raw: unknown;
}

const folder = join(import.meta.dirname, 'results');

const asMarkdown = ({ title, how, rows }: Report, at: Machine): string =>
  [
    `# ${title}`,
    '',
    how,
    '',
    '| measured | result | target | |',
    '|---|---|---|---|',
    ...rows.map(
      ({ what, measured, target, met }) =>
        `| ${what} | ${measured} | ${target} | ${target === '-' ? '' : met ? 'met' : 'missed'} |`,
    ),
    '',
    `On ${at.date}: ${at.cores} × ${at.cpu}, ${at.memoryGb} GB, ${at.system}, node ${at.node}, ${at.ffmpeg.split(' Copyright')[0]}; load before ${at.loadBefore}.`,
    '',
  ].join('\n');

/** Describes the machine now, before it is busy; what it returns writes the files and prints the table. */
export const startReport = (name: string): ((report: Report) => Promise<void>) => {
  const at = machine();
  return async (report) => {
    await mkdir(folder, { recursive: true });
    const text = asMarkdown(report, at);
    await writeFile(join(folder, `${name}.md`), text);
    await writeFile(join(folder, `${name}.json`), `${JSON.stringify({ machine: at, ...report }, undefined, 2)}\n`);
    console.log(text);
    if (report.rows.some(({ met }) => !met)) process.exitCode = 1;
  };
};
