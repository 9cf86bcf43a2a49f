/** The local server with its jobs in PostgreSQL: a few cases, because the contracts of the stores show the rest. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Database, emptyDatabase, noPostgres } from '#test/support/postgres.ts';
import { newDataFolder, removeFolder, spawnServer, startServer } from '#test/support/server.ts';
import { isolationCases } from './cases/isolation.ts';
import { requestCases } from './cases/requests.ts';
import { clientOf } from './deployment.ts';
import { startLocal } from './local-deployment.ts';
import { smallImage, testPattern } from './specs.ts';
import { endToEnd } from './suite.ts';

const options = ({ server }: Database) => ({
  args: ['--database', 'postgres'],
  env: { PGHOST: server.host, PGPORT: String(server.port), PGUSER: server.user, PGDATABASE: server.database },
});

describe.skipIf(noPostgres)(`PostgreSQL${noPostgres === undefined ? '' : ` (skipped: ${noPostgres})`}`, () => {
  let database: Database;
  beforeAll(async () => {
    database = await emptyDatabase();
  });
  afterAll(() => database?.remove());

  endToEnd('on one machine with PostgreSQL', (outside) => startLocal(outside, options(database)), [
    requestCases,
    isolationCases,
  ]);
});

describe.skipIf(noPostgres)('a server whose database is PostgreSQL', () => {
  let database: Database;
  let folder: string;
  beforeAll(async () => {
    [database, folder] = [await emptyDatabase(), await newDataFolder()];
  });
  afterAll(async () => {
    await removeFolder(folder);
    await database?.remove();
  });

  test('has its jobs after a kill, and lets no second server work on them', async () => {
    const { host, port, user, database: name } = database.server;
    const args = ['--database', `postgres://${user}@${host}:${port}/${name}`];
    const first = await startServer({ dataFolder: folder, args });
    const { id } = await (await clientOf(first, 'ana')).submit({
      inputs: { in: testPattern(1) },
      outputs: { still: smallImage },
    });
    const other = await newDataFolder();
    const second = spawnServer({ dataFolder: other, args });
    expect(await second.ended).toBe(1);
    expect(second.printed()).toContain('Another server of Kinoduct uses this PostgreSQL database.');
    await removeFolder(other);
    await first.end('SIGKILL');
    const again = await startServer({ dataFolder: folder, args });
    expect(await (await clientOf(again, 'ana')).ended(id)).toMatchObject({ status: 'succeeded' });
    expect(await again.end('SIGTERM')).toBe(0);
    expect(await database.query('select id, status from jobs')).toEqual([{ id, status: 'succeeded' }]);
  });

  test('is told not to put the password where every user of the machine can read it', async () => {
    const args = ['--database', 'postgres://me:secret@127.0.0.1:1/x'];
    const server = spawnServer({ dataFolder: folder, args });
    expect(await server.ended).toBe(1);
    expect(server.printed()).toContain('leave the password out of the command line');
    expect(server.printed()).not.toContain('secret@');
  });
});
