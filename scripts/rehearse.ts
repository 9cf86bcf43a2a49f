/**
 * `npm run rehearse`: everything about the deployment that can be tried without an account. `--quick` is what CI has time
 * for: the combinations of options that no test synthesizes.
 */
import { rm } from 'node:fs/promises';
import { repository } from '#lib/repository.ts';
import { combinations } from './rehearsal/combinations.ts';
import { lint } from './rehearsal/lint.ts';
import { runSuite, suites } from './rehearsal/suites.ts';
import { type Synth, synthAll } from './rehearsal/synths.ts';

const quick: readonly string[] = ['all of it', 'containers on demand, without a drop'];
const isQuick = process.argv.includes('--quick');

const seconds = (value: number): string => `${value.toFixed(0).padStart(4)} s`;
const mark = (ok: boolean): string => (ok ? '✓' : '✗');

interface Row {
  readonly ok: boolean;
  readonly name: string;
  readonly seconds: number;
  readonly told: string;
}

const table: Row[] = [];
const done = (row: Row): void => {
  table.push(row);
  console.log(`  ${mark(row.ok)} ${row.name}  ${seconds(row.seconds)}  ${row.told}`);
};

/** Of what a program printed, what people can read. */
const legible = (output: string): string =>
  output
    .split('\n')
    .filter((line) => line.length < 500)
    .slice(-60)
    .join('\n');

const synthesized = ({ name, ran, templates, resources }: Synth): void => {
  done({ ok: ran.ok, name, seconds: ran.seconds, told: `${templates.length} stacks, ${resources} resources` });
  if (!ran.ok) console.log(legible(ran.output));
};

const linted = async (templates: readonly string[]): Promise<void> => {
  const { installed, findings, seconds: took } = await lint(templates);
  const told = installed
    ? `${findings.length} findings in ${templates.length} templates`
    : 'skipped: it is not installed';
  done({ ok: findings.length === 0, name: 'cfn-lint', seconds: took, told });
  for (const finding of findings) console.log(`    ${finding}`);
};

const suitesRun = async (): Promise<void> => {
  for (const suite of suites) {
    const { ok, summary, output, seconds: took } = await runSuite(suite);
    done({ ok, name: suite.name, seconds: took, told: summary });
    if (!ok) console.log(legible(output));
  }
};

const names = isQuick ? quick : Object.keys(combinations);
console.log(`Combinations of options, ${names.length}, each synthesized with every rule:`);
await rm(repository('.cache/rehearsal'), { recursive: true, force: true });
try {
  const synths = await synthAll(names, synthesized);
  if (!isQuick) {
    console.log('What else can be tried without an account:');
    await linted(synths.flatMap(({ templates }) => templates));
    await suitesRun();
  }
} finally {
  await rm(repository('.cache/rehearsal'), { recursive: true, force: true });
}

const longest = Math.max(...table.map(({ name }) => name.length));
const lines = table.map(
  (row) => `  ${mark(row.ok)}  ${row.name.padEnd(longest)}  ${seconds(row.seconds)}  ${row.told}`,
);
const failed = table.filter(({ ok }) => !ok).length;
console.log(['', ...lines, '', `${table.length - failed} passed, ${failed} failed`].join('\n'));
process.exitCode = failed === 0 ? 0 : 1;
