/** Writes what was measured to `bench/results/`, for machines as JSON and for people as tables. */
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
  /** What nobody has set a target for. */
  readonly tables?: readonly {
    readonly title: string;
    readonly head: readonly string[];
    readonly rows: readonly (readonly string[])[];
  }[];
  /** What the plot beside it shows, for those who cannot see it. */
  readonly plot?: string;
  /** Everything behind the rows. */
  readonly raw: unknown;
}

const folder = join(import.meta.dirname, 'results');

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const asMarkdown = (name: string, { title, how, rows, tables = [], plot }: Report, at: Machine): string =>
  [
    `# ${title}`,
    '',
    how,
    '',
    ...(plot === undefined ? [] : [`![${plot}](${name}.png)`, '']),
    '| measured | result | target | |',
    '|---|---|---|---|',
    ...rows.map(({ what, measured, target, met }) =>
      line([what, measured, target, target === '-' ? '' : met ? 'met' : '**missed**']),
    ),
    '',
    ...tables.flatMap((table) => [
      `**${table.title}**`,
      '',
      line(table.head),
      line(table.head.map(() => '---')),
      ...table.rows.map(line),
      '',
    ]),
    `On ${at.date}: ${at.cores} × ${at.cpu}, ${at.memoryGb} GB, ${at.system}, node ${at.node}, ${at.ffmpeg.split(' Copyright')[0]}; load before ${at.loadBefore}. Again: \`npm run bench -- ${name}\`.`,
    '',
  ].join('\n');

/** Describes the machine now, before it is busy; what it returns writes the files and prints the tables. */
export const startReport = (name: string): ((report: Report) => Promise<void>) => {
  const at = machine();
  return async (report) => {
    await mkdir(folder, { recursive: true });
    const text = asMarkdown(name, report, at);
    await writeFile(join(folder, `${name}.md`), text);
    await writeFile(join(folder, `${name}.json`), `${JSON.stringify({ machine: at, ...report }, undefined, 2)}\n`);
    console.log(text);
    if (report.rows.some(({ met }) => !met)) process.exitCode = 1;
  };
};
