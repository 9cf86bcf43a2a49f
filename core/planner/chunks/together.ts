/** Films that are made in pieces together, and what all of their tasks have in common. */
import type { Branch, Bundle, Cut } from '../../ffmpeg/recipe.ts';
import type { FileName } from '../../job/file-name.ts';
import type { MakeTask } from '../../job/plan.ts';
import type { TaskWrite } from '../../job/task-write.ts';
import type { Name } from '../../job/values.ts';
import { branchesOf, type CutFilms, type Film } from './decide.ts';
import { tableOf } from './names.ts';

/** Films that share a decode: of the same source and window, cut at the same places. */
export type Together = {
  readonly films: readonly [Film, ...Film[]];
  readonly cut: CutFilms;
  readonly hash: (text: string) => string;
};

/** How many rounds of tasks come before the one that puts a film together: its pieces, and what makes its sound of them. */
export const roundsOf = (film: Film): number => (branchesOf(film).some(({ sound }) => sound) ? 2 : 1);

export const json = 'application/json';

export const cutOf = ({ cut }: Branch): Cut => {
  if (typeof cut !== 'object') throw new TypeError('only what can be cut is cut');
  return cut;
};

export const sampleTable = (output: Name, of: FileName): TaskWrite => ({
  output,
  file: tableOf(of),
  contentType: json,
  expects: {},
  document: { kind: 'sample-table', of },
});

/** The head of a rendition, as its bundle lists it. */
export const headOf = ({ films }: Together, { output, cut }: Branch): TaskWrite | undefined => {
  const bundle = films.find((film): film is Bundle => film.kind === 'bundle' && film.output === output);
  const id = typeof cut === 'object' ? cut.segments?.id : undefined;
  const head = bundle?.documents.find(({ rendition }) => rendition !== undefined && rendition === id);
  return head && { output, ...head };
};

/** Outputs that a task makes a part of, and writes no file of. */
export const partOf = (branches: readonly Branch[]): Pick<MakeTask, 'partOf'> => {
  const names = [...new Set(branches.filter((branch) => !cutOf(branch).segments).map(({ output }) => output))];
  return names.length > 0 ? { partOf: names } : {};
};

export const named = (films: readonly Film[]): string => films.map(({ output }) => output).join(', ');

export const cutInto = (films: readonly Film[]): { cut: Name[] } => ({ cut: films.map(({ output }) => output) });
