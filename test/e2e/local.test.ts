import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { newDataFolder, removeFolder, startServer } from '#test/support/server.ts';
import type { Deployment } from './deployment.ts';
import { endToEnd } from './suite.ts';

/** Objects are folders that hold a record of this name (`adapters/filesystem/layout.ts`). */
const recordName = '/.object.json';

const objectsIn = async (dataFolder: string): Promise<readonly string[]> => {
  const found = await readdir(join(dataFolder, 'media/objects'), { recursive: true });
  const keys = found.filter((name) => name.endsWith(recordName)).map((name) => name.slice(0, -recordName.length));
  return keys.toSorted();
};

const startLocal = async (): Promise<Deployment> => {
  const server = await startServer({ dataFolder: await newDataFolder() });
  const { url, token, dataFolder } = server;
  return {
    url,
    token,
    workFolder: join(dataFolder, 'work'),
    objects: () => objectsIn(dataFolder),
    close: async () => {
      await server.end('SIGTERM');
      await removeFolder(dataFolder);
    },
  };
};

endToEnd('on one machine', startLocal);
