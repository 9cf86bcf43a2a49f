/** Writes the diagram and the list of states into statemachines/README.md: `npx node scripts/state-machine-readme.ts`. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

type State = {
  readonly Type: string;
  readonly Comment?: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly End?: boolean;
  readonly Choices?: readonly { readonly Next: string }[];
  readonly Catch?: readonly { readonly Next: string }[];
  readonly ItemProcessor?: Machine;
};
export type Machine = { readonly StartAt: string; readonly States: Readonly<Record<string, State>> };

const folder = path.resolve(import.meta.dirname, '../statemachines');
const begin = '<!-- made by scripts/state-machine-readme.ts: begin -->';
const end = '<!-- end -->';

const arrows = (name: string, state: State): string[] => [
  ...(state.Choices ?? []).map(({ Next }) => `${name} --> ${Next}: yes`),
  ...(state.Default ? [`${name} --> ${state.Default}: no`] : []),
  ...(state.Next ? [`${name} --> ${state.Next}`] : []),
  ...(state.End || ['Succeed', 'Fail'].includes(state.Type) ? [`${name} --> [*]`] : []),
  ...new Set((state.Catch ?? []).map(({ Next }) => `${name} --> ${Next}: error`)),
];

const inside = (name: string, state: State): string[] =>
  state.ItemProcessor
    ? [`state ${name} {`, ...lines(state.ItemProcessor).map((line) => `  ${line}`), '}']
    : state.Type === 'Choice'
      ? [`state ${name} <<choice>>`]
      : [];

const lines = ({ StartAt, States }: Machine): string[] => [
  `[*] --> ${StartAt}`,
  ...Object.entries(States).flatMap(([name, state]) => [...inside(name, state), ...arrows(name, state)]),
];

const rows = ({ States }: Machine): string[] =>
  Object.entries(States).flatMap(([name, { Type, Comment, ItemProcessor }]) => [
    `| ${name} | ${Type} | ${Comment ?? ''} |`,
    ...(ItemProcessor ? rows(ItemProcessor) : []),
  ]);

/** What stands between the two markers of the page. */
export const generated = (machine: Machine): string =>
  [
    begin,
    '',
    '```mermaid',
    'stateDiagram-v2',
    ...lines(machine).map((line) => `  ${line}`),
    '```',
    '',
    '| state | type | what it does |',
    '| --- | --- | --- |',
    ...rows(machine),
    '',
    end,
  ].join('\n');

if (import.meta.main) {
  const machine: Machine = JSON.parse(readFileSync(path.join(folder, 'process-job.asl.json'), 'utf8'));
  const page = path.join(folder, 'README.md');
  const text = readFileSync(page, 'utf8');
  const before = text.slice(0, text.indexOf(begin));
  const after = text.slice(text.indexOf(end) + end.length);
  writeFileSync(page, before + generated(machine) + after);
}
