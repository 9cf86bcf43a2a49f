import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const script = fileURLToPath(new URL('../support/full-disk.ts', import.meta.url));
/** In a namespace of its own, where anybody may mount. */
const onSmallDisk = ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=3m none "$1" && shift && exec "$@"', 'sh'];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinoduct-full-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const mayMount = spawnSync('unshare', [...onSmallDisk, '/mnt', 'true']).status === 0;

test.skipIf(!mayMount)('what is composed on a full disk is not there, and leaves nothing behind', () => {
  const printed = execFileSync('unshare', [...onSmallDisk, folder, process.execPath, script, folder], {
    encoding: 'utf8',
  });
  expect(JSON.parse(printed)).toEqual({ ended: 'limit.storage', isThere: false, left: [] });
});
