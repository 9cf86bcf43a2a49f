/** Writes what was found to `bench/results/`, where the columns are its own: as JSON, and as a table for people. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { machine } from './machine.ts';

export interface Table {
  readonly title: string;
  readonly how: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly after?: readonly string[];
  readonly raw: unknown;
  readonly ok: boolean;
}

const folder = join(import.meta.dirname, 'results');

/** Describes the machine now; what it returns writes the files and prints the table. */
export const startTable = (name: string): ((table: Table) => Promise<void>) => {
  const at = machine();
  return async ({ title, how, head, rows, after = [], raw, ok }) => {
    const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
    const text = [
      `# ${title}`,
      '',
      how,
      '',
      line(head),
      line(head.map(() => '---')),
      ...rows.map(line),
      '',
      ...after,
      ...(after.length > 0 ? [''] : []),
      `On ${at.date}: node ${at.node}, ${at.ffmpeg.split(' Copyright')[0]}.`,
      '',
    ].join('\n');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${name}.md`), text);
    await writeFile(join(folder, `${name}.json`), `${JSON.stringify({ machine: at, title, ok, raw }, undefined, 2)}\n`);
    console.log(text);
    if (!ok) process.exitCode = 1;
  };
};
