/** What keeps a deployment from being made, and the way out. */
export interface Problem {
  readonly what: string;
  readonly mend: string;
}

export const problemLines = (problems: readonly Problem[]): readonly string[] =>
  problems.flatMap(({ what, mend }) => [`  ✗ ${what}`, ...mend.split('\n').map((line) => `    ${line}`)]);
