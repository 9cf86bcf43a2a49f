/** `npm run token -- <owner>`: the token of an owner on this machine, made where there is none. */
import { relative } from 'node:path';
import { Owner } from '#core/job/ids.ts';
import { readConfig } from '#local/config.ts';
import { tokenFile, tokenFor } from '#local/tokens.ts';

const [owner = '', ...rest] = process.argv.slice(2);
const told = readConfig(rest, process.env);
if (!Owner.safeParse(owner).success || !('config' in told)) {
  console.error(
    'npm run token -- <owner> [--data <folder>]\n\nAn owner is a name of letters, digits, ".", "_" and "-".',
  );
  process.exitCode = 1;
} else {
  const { dataFolder } = told.config;
  console.log(await tokenFor(dataFolder, owner));
  console.error(`It lies in ${relative('.', tokenFile(dataFolder, owner))}.`);
}
