/** `npm run deploy`: looks whether a stage can be deployed, has the CDK do it, and tells what was made. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeployConfig } from '#lib/config.ts';
import { checkAccount } from './deploy/account.ts';
import { runCdk, settledContext } from './deploy/cdk.ts';
import { checkDocker, emulationNote } from './deploy/docker.ts';
import { contextArguments, type DeployCommand, optionsOf, readCommand } from './deploy/options.ts';
import { type Problem, problemLines } from './deploy/problem.ts';
import { deployedLines, Outputs } from './deploy/report.ts';
import { deployUsage } from './deploy/usage.ts';

const say = (lines: readonly string[]): void => console.log(lines.join('\n'));

const unaskable = ({ yes, checkOnly }: DeployCommand): readonly Problem[] =>
  yes || checkOnly || process.stdin.isTTY
    ? []
    : [{ what: 'Nobody is there to be asked about new permissions.', mend: 'Add --yes to deploy all the same.' }];

const refuse = (problems: readonly Problem[]): number => {
  console.error(['Nothing was deployed:', '', ...problemLines(problems)].join('\n'));
  return 1;
};

const deploy = async (command: DeployCommand, settled: Readonly<Record<string, unknown>>): Promise<number> => {
  const config = DeployConfig.parse(optionsOf({ ...settled, ...command.context }));
  const env = { ...process.env, ...command.env };
  const [{ account, problems, notes }, dockerProblems] = await Promise.all([
    checkAccount(config, { profile: command.env['AWS_PROFILE'], region: command.env['AWS_REGION'] }),
    checkDocker(env['CDK_DOCKER'] ?? 'docker'),
  ]);
  const all = [...problems, ...dockerProblems, ...unaskable(command)];
  if (!account || all.length > 0) return refuse(all);
  const emulated = emulationNote(config.runnerArchitecture, arch());
  say([
    `Stage ${config.stage}, account ${account.id}, region ${account.region}, as ${account.caller}`,
    ...[...notes, ...(emulated ? [emulated] : [])].map((note) => `  ! ${note}`),
  ]);
  if (command.checkOnly) return 0;
  const folder = await mkdtemp(join(tmpdir(), 'kinoduct-deploy-'));
  try {
    const outputsFile = join(folder, 'outputs.json');
    const approval = command.yes ? ['--require-approval', 'never'] : [];
    const args = ['deploy', '--all', '--no-notices', '--outputs-file', outputsFile, ...approval];
    const code = await runCdk([...args, ...contextArguments(command.context), ...command.rest], {
      ...env,
      AWS_REGION: account.region,
    });
    if (code !== 0) return code;
    const outputs = Outputs.parse(JSON.parse(await readFile(outputsFile, 'utf8')));
    say([
      '',
      `Stage ${config.stage} is deployed.`,
      '',
      ...deployedLines(outputs, { account, adminEmail: config.adminEmail }),
    ]);
    return 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const main = async (): Promise<number> => {
  const settled = await settledContext();
  const told = readCommand(process.argv.slice(2), process.env, settled);
  if ('problems' in told) return refuse(told.problems);
  if ('command' in told) return deploy(told.command, settled);
  console.log(deployUsage());
  return 0;
};

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
