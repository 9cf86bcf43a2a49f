/** `npm run token -- <owner>`: the token of an owner on this machine, made where there is none. */
import { relative } from 'node:path';
import { Owner } from '#core/job/ids.ts';
import { readConfig } from '#local/config.ts';
import { tokenFile, tokenFor } from '#local/tokens.ts';

const usage = `npm run token -- <owner> [--admin] [--data <folder>]

An owner is a name of letters, digits, ".", "_" and "-", or the id of a user. --admin lets the owner make and list users.
The token is valid for a year, or until its file is removed.`;

const isAdmin = process.argv.includes('--admin');
const [owner = '', ...rest] = process.argv.slice(2).filter((argument) => argument !== '--admin');
const told = readConfig(rest, process.env);
if (!Owner.safeParse(owner).success || !('config' in told)) {
  console.error(usage);
  process.exitCode = 1;
} else {
  const { dataFolder } = told.config;
  console.log(await tokenFor(dataFolder, owner, { isAdmin }));
  console.error(`It lies in ${relative('.', tokenFile(dataFolder, owner))}.`);
}
