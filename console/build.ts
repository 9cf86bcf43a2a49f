/** Makes the files of the console out of their sources, in a tenth of a second: nothing of them is checked in. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';

export interface ConsoleFile {
  readonly type: string;
  readonly body: Uint8Array;
}

/** By the path below the console's address. `''` is the page; the names of all others tell their content. */
export type ConsoleFiles = ReadonlyMap<string, ConsoleFile>;

const folder = import.meta.dirname;
/** What the page loads lies below this path. */
const assets = 'console';

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Fails with an `Error` that tells where a source is wrong. */
export const buildConsole = async (): Promise<ConsoleFiles> => {
  const esbuild = await import('esbuild'); // costs memory until it is stopped, and is needed once
  try {
    const { outputFiles } = await esbuild.build({
      absWorkingDir: folder,
      entryPoints: { console: 'src/main.tsx', icon: 'src/icon.svg' },
      outdir: assets,
      entryNames: '[name]-[hash]',
      chunkNames: '[name]-[hash]',
      loader: { '.svg': 'copy' },
      bundle: true,
      splitting: true,
      minify: true,
      write: false,
      format: 'esm',
      target: 'es2023',
      jsx: 'automatic',
      jsxImportSource: 'preact',
      legalComments: 'none',
      logLevel: 'silent',
    });
    const files = outputFiles.map(({ path, contents }) => {
      const name = path.slice(path.lastIndexOf(`/${assets}/`) + 1);
      return [name, { type: types[extname(name)] ?? 'application/octet-stream', body: contents }] as const;
    });
    const named = (start: string, extension: string): string =>
      files.find(([name]) => name.startsWith(`${assets}/${start}-`) && name.endsWith(extension))?.[0] ?? '';
    const page = (await readFile(join(folder, 'index.html'), 'utf8'))
      .replace('{{script}}', named('console', '.js'))
      .replace('{{style}}', named('console', '.css'))
      .replace('{{icon}}', named('icon', '.svg'));
    return new Map([...files, ['', { type: 'text/html; charset=utf-8', body: new TextEncoder().encode(page) }]]);
  } finally {
    await esbuild.stop();
  }
};

/** When a source was changed last, in milliseconds since the epoch. */
export const consoleChangedAt = async (): Promise<number> => {
  const names = await readdir(join(folder, 'src'), { recursive: true });
  const times = ['../index.html', ...names].map(async (name) => (await stat(join(folder, 'src', name))).mtimeMs);
  return Math.max(...(await Promise.all(times)));
};
