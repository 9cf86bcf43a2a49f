/** `npm start`: Kinoduct on this machine, until Ctrl-C. */
import { relative } from 'node:path';
import { readConfig, usage } from './config.ts';
import { type Kinoduct, startKinoduct } from './start.ts';

const say = (line: string): void => console.log(line);

const fail = (message: string): never => {
  console.error(message);
  process.exit(1);
};

const stopOnSignal = (kinoduct: Kinoduct): void => {
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(130); // asked twice
    stopping = true;
    say('\nStopping; jobs that are running go on at the next start. Once more to leave at once.');
    kinoduct.close().then(
      () => process.exit(0),
      (error: unknown) => fail(String(error)),
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
};

const told = readConfig(process.argv.slice(2), process.env);
if ('help' in told) {
  say(usage);
} else if ('wrong' in told) {
  fail(`${told.wrong}\n\n${usage}`);
} else {
  const kinoduct = await startKinoduct(told.config, { env: process.env, say }).catch((error: unknown) =>
    fail(error instanceof Error ? error.message : String(error)),
  );
  stopOnSignal(kinoduct);
  const here = (path: string): string => relative('.', path) || '.';
  say(`Kinoduct is ready at ${kinoduct.url}`);
  say(`  console ${kinoduct.consoleUrl}   (works once; npm run console makes another)`);
  say(`  token   ${here(kinoduct.tokenFile)}   (curl -H "Authorization: Bearer $(cat ${here(kinoduct.tokenFile)})" …)`);
  say(`  data    ${here(told.config.dataFolder)}${kinoduct.logFile ? `   log ${here(kinoduct.logFile)}` : ''}`);
  say(`  inbox   ${here(kinoduct.inbox)}/<template>/   (a file that is put there becomes a job)`);
  say(`  FFmpeg  ${kinoduct.ffmpeg.version} (${kinoduct.ffmpeg.ffmpeg})`);
}
