/** A container that carries out one payload, given as JSON in its first argument, and ends with it. */
import { wipeStaleFolders } from '#adapters/filesystem/workspace.ts';
import { createRunner } from './app.ts';
import { RunnerConfig } from './config.ts';
import { exitCodes, runContainer } from './container.ts';
import { awsDeps } from './wiring.ts';

/** ECS waits for two minutes. Whatever hangs, nobody has to wait so long. */
const mostStoppingMs = 9_000;

const stop = new AbortController();
process.once('SIGTERM', () => {
  stop.abort();
  setTimeout(() => process.exit(exitCodes.interrupted), mostStoppingMs);
});

const config = RunnerConfig.parse(process.env);
await wipeStaleFolders(config.WORK_ROOT);
const run = createRunner(await awsDeps(config));
// Connections to the database are kept open and would hold the process.
process.exit(await runContainer(run, { payload: process.argv[2], signal: stop.signal }));
