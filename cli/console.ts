/** `npm run console`: a link into the console of the server that runs, opened in the browser. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { apiClient } from '#client/api.ts';
import { readConfig } from '#local/config.ts';
import { runningServer } from '#local/lock.ts';
import { localOwner, tokenFile } from '#local/tokens.ts';

/** What opens an address in the browser of whoever sits at the machine. */
const opener: Readonly<Partial<Record<NodeJS.Platform, string>>> = { linux: 'xdg-open', darwin: 'open' };

/** Does nothing where there is no such program: the link has been printed. */
const open = (url: string): void => {
  const program = opener[process.platform];
  if (program === undefined || !process.stdout.isTTY) return;
  spawn(program, [url], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
};

const told = readConfig(process.argv.slice(2), process.env);
const running = 'config' in told ? await runningServer(told.config.dataFolder) : undefined;
if (!('config' in told)) {
  console.error('npm run console -- [--data <folder>]');
  process.exitCode = 1;
} else if (running) {
  const token = (await readFile(tokenFile(told.config.dataFolder, localOwner), 'utf8')).trim();
  const api = apiClient({ url: running.url, authorization: () => `Bearer ${token}` });
  const { path } = await api.json<{ path: string }>('POST', '/console/links');
  console.log(`${running.url}${path}`);
  open(`${running.url}${path}`);
} else {
  console.error('No server runs on that folder: npm start. It prints a link of its own.');
  process.exitCode = 1;
}
