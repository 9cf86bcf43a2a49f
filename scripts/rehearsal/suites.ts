/** What the rehearsal runs of the tests: the deployment where it can be had without an account. */
import { repository } from '#lib/repository.ts';
import { run } from './run.ts';

export interface Suite {
  readonly name: string;
  /** Of vitest. */
  readonly args: readonly string[];
}

export const suites: readonly Suite[] = [
  { name: 'our rules find what they are for', args: ['--project', 'infra', 'test/infra/rules.test.ts'] },
  { name: 'every way to fail ends in a terminal job, on the rig', args: ['--project', 'workflow'] },
  { name: 'stacks deployed with cdk deploy, onto moto', args: ['--project', 'rehearsal'] },
  { name: 'the bundles end to end on the rig, with auth', args: ['--project', 'cloud'] },
];

export interface SuiteRan {
  readonly ok: boolean;
  readonly seconds: number;
  /** `12 passed`, `1 skipped`: a suite whose needs are missing skips. */
  readonly summary: string;
  readonly output: string;
}

// eslint-disable-next-line no-control-regex -- that is what colours are written with
const plain = (text: string): string => text.replaceAll(/\u001B\[[\d;]*m/g, '');

export const runSuite = async ({ args }: Suite): Promise<SuiteRan> => {
  const { ok, output, seconds } = await run(process.execPath, [
    repository('node_modules/vitest/vitest.mjs'),
    'run',
    ...args,
  ]);
  const text = plain(output);
  const summary = /^\s*Tests\s+(.+)$/m.exec(text)?.[1] ?? 'no tests';
  return { ok, seconds, summary, output: text };
};
