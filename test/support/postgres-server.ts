/** A real PostgreSQL server, started by the process of vitest itself when the first test asks for it. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where Debian puts them, the newest first; elsewhere they are on the PATH. */
const debian = '/usr/lib/postgresql';
const debianFolders = existsSync(debian)
  ? readdirSync(debian)
      .toSorted((a, b) => Number(b) - Number(a))
      .map((version) => join(debian, version, 'bin'))
  : [];
const programs = [...debianFolders, ...(process.env['PATH'] ?? '').split(delimiter)].find(
  (folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')),
);

/** Why there is no server here; undefined where there can be one. */
export const noPostgres = programs ? undefined : 'PostgreSQL is not installed (apt-get install postgresql)';

/** PostgreSQL refuses to be root, so it is nobody. */
const nobody = 65_534;
const user = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');
  return address.port;
};

/** Ends it with the process that started it, however that ends; where the system can do so. */
const withParent = existsSync('/usr/bin/setpriv') ? ['/usr/bin/setpriv', '--pdeathsig', 'QUIT', '--'] : [];

/** The order of words in a language, as servers of Amazon RDS have it, and not that of bytes. */
const collation = ['--locale=C', '--locale-provider=icu', '--icu-locale=en-US'];

const settings = (folder: string, port: number): readonly string[] =>
  [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    `unix_socket_directories=${folder}`,
    'fsync=off',
    'full_page_writes=off',
    'synchronous_commit=off',
    'max_connections=300',
    'shared_buffers=64MB',
  ].flatMap((setting) => ['-c', setting]);

export interface PostgresServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Whoever reaches the port of this machine is let in; `postgres` is its superuser. */
export const startPostgres = async (): Promise<PostgresServer> => {
  if (!programs) throw new Error(noPostgres);
  const folder = await mkdtemp(join(tmpdir(), 'kinoduct-postgres-'));
  const data = join(folder, 'data');
  await mkdir(data, { mode: 0o700 });
  if (user.uid !== undefined) for (const path of [folder, data]) await chown(path, user.uid, user.gid);
  const options = { ...user, cwd: folder, env: { LC_ALL: 'C', PATH: process.env['PATH'] } };
  const init = ['-D', data, '-U', 'postgres', '-E', 'UTF8', '--auth=trust', '--no-sync', '--no-instructions'];
  await run(join(programs, 'initdb'), [...init, ...collation], options);
  const port = await freePort();
  const [program = '', ...words] = [...withParent, join(programs, 'postgres'), '-D', data, ...settings(folder, port)];
  const child = spawn(program, words, {
    ...options,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  let said = '';
  for await (const chunk of child.stderr.iterator({ destroyOnReturn: false })) {
    said += String(chunk);
    if (said.includes('ready to accept connections')) break;
  }
  child.stderr.resume();
  if (child.exitCode !== null) throw new Error(`PostgreSQL ended:\n${said}`);
  return {
    port,
    close: async () => {
      child.kill('SIGQUIT'); // at once
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
};
