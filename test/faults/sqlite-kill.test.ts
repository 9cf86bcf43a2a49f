import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openSqlite } from '#adapters/sql/sqlite.ts';

const script = fileURLToPath(new URL('../support/create-jobs.ts', import.meta.url));

/** The ids that the process acknowledged before SIGKILL ended it, `lines` of them or a few more. */
const acknowledged = async (file: string, lines: number): Promise<string[]> => {
  const child = spawn(process.execPath, [script, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const ids: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    ids.push(line);
    if (ids.length === lines) child.kill('SIGKILL');
  }
  await exited;
  return ids;
};

test('a process that is killed while it writes loses no job that it acknowledged, and the file opens again', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'kinoduct-kill-'));
  const file = join(folder.path, 'kinoduct.sqlite');
  const ids = await acknowledged(file, 50);
  expect(ids.length).toBeGreaterThanOrEqual(50);
  const stores = await openSqlite({ file });
  for (const id of ids) {
    expect(await stores.jobs.get(id)).toMatchObject({ id });
    expect(await stores.jobs.tasks(id)).toHaveLength(2);
  }
  await stores.close();
});
