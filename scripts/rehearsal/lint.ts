/** cfn-lint knows other schemas than the validator of the CDK, and names of actions and variables. It is no dependency of ours. */
import type { Ran } from './run.ts';
import { run } from './run.ts';

/**
 * What it takes for a mistake and is none:
 * - E3002 of dashboards: their tags are younger than its schemas
 * - E3601 of state machines: a Succeed state may have an OutputPath
 *   (https://states-language.net/spec.html#succeed-state)
 */
const known = /^E3002:.*'Tags' was unexpected|^E3601:.*\('OutputPath' was unexpected\)/;

/** One finding a line, `file:line:column:line:column:code:words`. */
const findingsIn = (output: string): readonly string[] =>
  output
    .split('\n')
    .filter((line) => /:E\d{4}:/.test(line))
    .filter((line) => !known.test(line.replace(/^(?:[^:]*:){5}/, '')));

export interface Linted {
  readonly installed: boolean;
  readonly findings: readonly string[];
  readonly seconds: number;
}

const isInstalled = async (): Promise<boolean> => (await run('cfn-lint', ['--version'])).ok;

/** Exit code 0 is no finding; without findings any other is that it could not do its work. */
const readOutput = ({ ok, output, seconds }: Ran): Linted => {
  const findings = findingsIn(output);
  const understood = ok || /:[EWI]\d{4}:/.test(output);
  return { installed: true, findings: understood ? findings : [output.slice(-2000)], seconds };
};

export const lint = async (templates: readonly string[]): Promise<Linted> => {
  if (!(await isInstalled())) return { installed: false, findings: [], seconds: 0 };
  return readOutput(
    await run('cfn-lint', ['--format', 'parseable', '--non-zero-exit-code', 'error', '--', ...templates]),
  );
};
