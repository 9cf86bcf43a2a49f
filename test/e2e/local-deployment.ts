/** The local server on a folder of its own, as the end-to-end suite needs it. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ServerOptions, newDataFolder, removeFolder, startServer } from '#test/support/server.ts';
import type { Deployment } from './deployment.ts';
import { type Outside, outsideSecret } from './outside.ts';

/** Objects are folders that hold a record of this name (`adapters/filesystem/layout.ts`). */
const recordName = '/.object.json';

const objectsIn = async (dataFolder: string): Promise<readonly string[]> => {
  const found = await readdir(join(dataFolder, 'media/objects'), { recursive: true });
  const keys = found.filter((name) => name.endsWith(recordName)).map((name) => name.slice(0, -recordName.length));
  return keys.toSorted();
};

const folderBucket = (folder: string) => ({
  put: async (key: string, body: Uint8Array | string) => {
    await mkdir(dirname(join(folder, key)), { recursive: true });
    await writeFile(join(folder, key), body);
  },
  get: (key: string) => readFile(join(folder, key)).catch(() => undefined),
});

/** `database` is what the flags and the environment say of it. */
export const startLocal = async (
  outside: Outside,
  database: Pick<ServerOptions, 'args' | 'env'> = {},
): Promise<Deployment> => {
  const [folder, archive] = [await newDataFolder(), await newDataFolder()];
  await mkdir(join(folder, 'secrets'));
  await writeFile(join(folder, 'secrets/outside'), outsideSecret, { mode: 0o600 });
  await writeFile(join(folder, 'secrets/drive'), outside.drive.secret, { mode: 0o600 });
  const args = [
    '--concurrency',
    '2',
    '--private-hosts',
    outside.host,
    '--buckets',
    `archive=${archive}`,
    ...(database.args ?? []),
  ];
  const server = await startServer({
    dataFolder: folder,
    args,
    env: { KINODUCT_SERVICES: `drive=${outside.drive.url}`, ...database.env },
  });
  const { url, token, dataFolder } = server;
  return {
    url,
    token,
    workFolder: join(dataFolder, 'work'),
    bucket: folderBucket(archive),
    drop: { owner: 'local', ...folderBucket(join(dataFolder, 'drop')) },
    objects: () => objectsIn(dataFolder),
    close: async () => {
      await server.end('SIGTERM');
      await removeFolder(dataFolder);
      await removeFolder(archive);
    },
  };
};
