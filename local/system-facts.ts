/** What the console shows of this machine: rows of the database, stored files, room on the disk. */
import { readdir, stat, statfs } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SystemFacts } from '#console/system-facts.ts';

/** A connection of its own, which reads only: counting must not hold up a job. */
const countRows = (file: string): Record<string, number> => {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const tables = database
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
      .all()
      .map(({ name }) => String(name))
      .filter((name) => !/^(?:sqlite|kysely)_/.test(name));
    const count = (table: string): number =>
      Number(database.prepare(`SELECT count(*) AS n FROM "${table.replaceAll('"', '""')}"`).get()?.['n'] ?? 0);
    return Object.fromEntries(tables.map((table) => [table, count(table)]));
  } finally {
    database.close();
  }
};

/** The files that hold the bytes of objects (adapters/filesystem/layout.ts). */
const isData = (name: string): boolean => name.endsWith('.data');

const sizeOf = async (folder: string): Promise<{ files: number; bytes: number }> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  let [files, bytes] = [0, 0];
  for (const entry of entries) {
    if (!entry.isFile() || !isData(entry.name)) continue;
    // What is removed meanwhile counts no more.
    const found = await stat(join(entry.parentPath, entry.name)).catch(() => undefined);
    if (!found) continue;
    files += 1;
    bytes += found.size;
  }
  return { files, bytes };
};

const sizes = async (objects: string): Promise<SystemFacts['stored']> => {
  const folders = (await readdir(objects, { withFileTypes: true }).catch(() => [])).filter((one) => one.isDirectory());
  return Promise.all(folders.map(async ({ name }) => ({ folder: name, ...(await sizeOf(join(objects, name))) })));
};

/** Walking through all files takes a moment: it is done at most this often. */
const freshMs = 5_000;

/** Asks again only after some seconds. */
export const systemFacts = (host: {
  readonly dataFolder: string;
  readonly ffmpeg: string;
  readonly concurrency: number;
}): (() => Promise<SystemFacts>) => {
  const startedAt = new Date().toISOString();
  const ask = async (): Promise<SystemFacts> => {
    const [stored, disk] = await Promise.all([sizes(join(host.dataFolder, 'media/objects')), statfs(host.dataFolder)]);
    const here = relative('.', host.dataFolder) || '.';
    return {
      ...host,
      dataFolder: here,
      inbox: join(here, 'drop/inbox'),
      startedAt,
      memoryBytes: process.memoryUsage.rss(),
      rows: countRows(join(host.dataFolder, 'kinoduct.sqlite')),
      stored,
      disk: { freeBytes: disk.bavail * disk.bsize, totalBytes: disk.blocks * disk.bsize },
    };
  };
  let last: { readonly until: number; readonly facts: Promise<SystemFacts> } | undefined;
  return () => {
    const now = performance.now();
    if (!last || now > last.until) last = { until: now + freshMs, facts: ask() };
    return last.facts;
  };
};
