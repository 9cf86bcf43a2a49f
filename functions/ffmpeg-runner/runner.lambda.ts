import { wipeStaleFolders } from '#adapters/filesystem/workspace.ts';
import { createRunner } from './app.ts';
import { RunnerConfig } from './config.ts';
import { awsDeps } from './wiring.ts';

const config = RunnerConfig.parse(process.env);
// Lambda hands a sandbox's /tmp on when it was ended in the middle of its work.
await wipeStaleFolders(config.WORK_ROOT);
const run = createRunner(await awsDeps(config));

export const handler = (event: unknown, context: { getRemainingTimeInMillis(): number }): Promise<unknown> =>
  run(event, { deadlineMs: context.getRemainingTimeInMillis() });
