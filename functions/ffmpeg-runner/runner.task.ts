/** A container that carries out one payload, given as JSON in its first argument, and ends with it. */
import { wipeStaleFolders } from '#adapters/filesystem/workspace.ts';
import { createRunner } from './app.ts';
import { RunnerConfig } from './config.ts';
import { awsDeps } from './wiring.ts';

const config = RunnerConfig.parse(process.env);
await wipeStaleFolders(config.WORK_ROOT);
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());

// A failure that is thrown here ends the process with code 1, which the state machine sees.
await createRunner(await awsDeps(config))(JSON.parse(process.argv[2] ?? 'null'), { signal: stop.signal });
