/** Makes the files of the console out of their sources, in a tenth of a second: nothing of them is checked in. */
import { execFile, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export interface ConsoleFile {
  readonly type: string;
  readonly body: Uint8Array;
}

/** By the path below the console's address. `''` is the page; the names of all others tell their content. */
export type ConsoleFiles = ReadonlyMap<string, ConsoleFile>;

const folder = import.meta.dirname;
/** What the page loads lies below this path. */
const assets = 'console';
const page = 'index.html';

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const run = promisify(execFile);
/** A process of its own: what it needs of memory goes with it. */
const esbuild = fileURLToPath(new URL('../bin/esbuild', import.meta.resolve('esbuild')));

/** What esbuild is told, to write below a folder. */
const command = (to: string): string[] => [
  ...['console=src/main.tsx', 'icon=src/icon.svg'],
  ...['--bundle', '--splitting', '--format=esm', '--minify', '--target=es2023'],
  ...['--jsx=automatic', '--jsx-import-source=preact', '--loader:.svg=copy', '--legal-comments=none'],
  ...['--entry-names=[name]-[hash]', '--chunk-names=[name]-[hash]', '--log-level=error', '--color=false'],
  `--outdir=${join(to, assets)}`,
];

/** Writes the page, once what it loads has been written. */
const writePage = (to: string): void => {
  const names = readdirSync(join(to, assets));
  const named = (start: string, extension: string): string => {
    const name = names.find((name) => name.startsWith(`${start}-`) && name.endsWith(extension));
    return `${assets}/${name ?? ''}`;
  };
  const html = readFileSync(join(folder, page), 'utf8')
    .replace('{{script}}', named('console', '.js'))
    .replace('{{style}}', named('console', '.css'))
    .replace('{{icon}}', named('icon', '.svg'));
  writeFileSync(join(to, page), html);
};

/**
 * Writes all files below a folder: the page there, what it loads in `console/`. For synths, which cannot wait. Fails with an
 * `Error` that tells where a source is wrong.
 */
export const writeConsole = (to: string): void => {
  execFileSync(esbuild, command(to), { cwd: folder });
  writePage(to);
};

/** The same files, in memory. Fails as `writeConsole` does. */
export const buildConsole = async (): Promise<ConsoleFiles> => {
  const to = await mkdtemp(join(tmpdir(), 'kinoduct-console-'));
  try {
    await run(esbuild, command(to), { cwd: folder });
    writePage(to);
    const names = [page, ...(await readdir(join(to, assets))).map((name) => `${assets}/${name}`)];
    const files = names.map(async (name): Promise<readonly [string, ConsoleFile]> => {
      const type = types[extname(name)] ?? 'application/octet-stream';
      return [name === page ? '' : name, { type, body: await readFile(join(to, name)) }];
    });
    return new Map(await Promise.all(files));
  } finally {
    await rm(to, { recursive: true, force: true });
  }
};

/** When a source was changed last, in milliseconds since the epoch. */
export const consoleChangedAt = async (): Promise<number> => {
  const names = await readdir(join(folder, 'src'), { recursive: true });
  const times = [`../${page}`, ...names].map(async (name) => (await stat(join(folder, 'src', name))).mtimeMs);
  return Math.max(...(await Promise.all(times)));
};
