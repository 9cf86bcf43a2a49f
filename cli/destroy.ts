/** `npm run destroy`: tells what would go and what stays, asks, and has the CDK delete the stacks of a stage. */
import { createInterface } from 'node:readline/promises';
import { DeployConfig } from '#lib/config.ts';
import { checkAccount } from './deploy/account.ts';
import { runCdk, settledContext } from './deploy/cdk.ts';
import { contextArguments, type DeployCommand, optionsOf, readCommand } from './deploy/options.ts';
import { type Problem, problemLines } from './deploy/problem.ts';
import { type DeployedStack, deployedStacks, everyStack } from './deploy/stacks.ts';
import { destroyUsage } from './deploy/usage.ts';

const say = (lines: readonly string[]): void => console.log(lines.join('\n'));

const refuse = (problems: readonly Problem[]): number => {
  console.error(['Nothing was deleted:', '', ...problemLines(problems)].join('\n'));
  return 1;
};

const protectedStacks = (stacks: readonly DeployedStack[]): readonly Problem[] =>
  stacks
    .filter(({ isProtected }) => isProtected)
    .map(({ name, region }) => ({
      what: `${name} is protected from being deleted.`,
      mend: `aws cloudformation update-termination-protection --no-enable-termination-protection --region ${region} --stack-name ${name}`,
    }));

const summary = (stacks: readonly DeployedStack[]): readonly string[] => {
  const kept = stacks.flatMap((stack) => stack.kept);
  return [
    'These stacks go, with their functions, queues, logs and the API:',
    ...stacks.map(({ name }) => `  ${name}`),
    '',
    ...(kept.length > 0
      ? [
          'What was stored stays, is paid for, and is not taken up by a later deployment:',
          ...kept.map(({ type, name }) => `  ${type}  ${name}`),
        ]
      : ['Nothing of it is kept.']),
    'A database of database=postgres leaves a snapshot.',
  ];
};

const isConfirmed = async (stage: string): Promise<boolean> => {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await terminal.question(`\nType ${stage} to delete these stacks: `)).trim() === stage;
  } finally {
    terminal.close();
  }
};

const destroy = async (command: DeployCommand, settled: Readonly<Record<string, unknown>>): Promise<number> => {
  const config = DeployConfig.parse(optionsOf({ ...settled, ...command.context }));
  const place = { profile: command.env['AWS_PROFILE'], region: command.env['AWS_REGION'] };
  const { account, problems } = await checkAccount(config, place);
  if (!account) return refuse(problems);
  const stacks = await deployedStacks(config, { ...place, region: account.region });
  say([`Stage ${config.stage}, account ${account.id}, region ${account.region}, as ${account.caller}`]);
  if (stacks.length === 0) {
    say(['There are no stacks of this stage.']);
    return 0;
  }
  say(summary(stacks));
  const guarded = protectedStacks(stacks);
  if (guarded.length > 0) return refuse(guarded);
  if (command.checkOnly) return 0;
  if (!command.yes && !process.stdin.isTTY)
    return refuse([{ what: 'Nobody is there to be asked.', mend: 'Add --yes to delete them all the same.' }]);
  if (!command.yes && !(await isConfirmed(config.stage))) return refuse([]);
  const context = { ...everyStack, ...command.context };
  return runCdk(['destroy', '--all', '--force', '--no-notices', ...contextArguments(context), ...command.rest], {
    ...process.env,
    ...command.env,
    AWS_REGION: account.region,
  });
};

const main = async (): Promise<number> => {
  const settled = await settledContext();
  const told = readCommand(process.argv.slice(2), process.env, settled);
  if ('problems' in told) return refuse(told.problems);
  if ('command' in told) return destroy(told.command, settled);
  console.log(destroyUsage);
  return 0;
};

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
