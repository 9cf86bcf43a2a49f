/** A filesystem store behind its real HTTP routes on a free loopback port, in a folder of its own. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { filesystemObjectStore } from '#adapters/filesystem/object-store.ts';
import { signedUrls } from '#adapters/filesystem/signed-urls.ts';
import { objectRoutes } from '#local/object-routes.ts';

export const startFilesystemStore = async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'kinoduct-objects-'));
  let port = 0;
  const urls = signedUrls({ secret: randomBytes(32), origin: () => `http://127.0.0.1:${port}` });
  const store = filesystemObjectStore({ root, urls });
  const routes = objectRoutes({ store, urls });
  const server = createServer((request, response) => {
    routes(request, response).then(
      (handled) => handled || response.writeHead(404).end(),
      () => response.destroy(),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address && typeof address === 'object') port = address.port;
  return {
    store,
    urls,
    root,
    origin: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await rm(root, { recursive: true, force: true });
    },
  };
};
