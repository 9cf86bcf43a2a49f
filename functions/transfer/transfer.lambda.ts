import { wipeStaleFolders } from '#adapters/filesystem/workspace.ts';
import { createTransfer } from './app.ts';
import { TransferConfig } from './config.ts';
import { awsDeps } from './wiring.ts';

const config = TransferConfig.parse(process.env);
// Lambda hands a sandbox's /tmp on when it was ended in the middle of its work.
await wipeStaleFolders(config.WORK_ROOT);
const transfer = createTransfer(await awsDeps(config));

export const handler = (event: unknown, context: { getRemainingTimeInMillis(): number }): Promise<unknown> =>
  transfer(event, { deadlineMs: context.getRemainingTimeInMillis() });
