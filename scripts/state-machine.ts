/** The state machine as diagrams and as a list, from statemachines/process-job.asl.json. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

interface State {
  readonly Type: string;
  readonly Comment?: string;
  readonly Resource?: string;
  readonly Parameters?: { readonly FunctionName?: string };
  readonly Next?: string;
  readonly Default?: string;
  readonly End?: boolean;
  readonly Choices?: readonly { readonly Next: string }[];
  readonly Catch?: readonly { readonly Next: string }[];
  readonly ItemProcessor?: Machine;
}
export interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export const machineFile = (): Machine =>
  JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../statemachines/process-job.asl.json'), 'utf8'));

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

/** Every state with every arrow, and a line for each: for statemachines/README.md. */
export const wholeMachine = (machine: Machine): string =>
  [
    '```mermaid',
    'stateDiagram-v2',
    ...lines(machine).map((line) => `  ${line}`),
    '```',
    '',
    '| state | type | what it does |',
    '|---|---|---|',
    ...rows(machine),
  ].join('\n');

/** Who does the work of a Task: the function that it calls, or the service. */
const workerOf = ({ Resource = '', Parameters }: State): string => {
  const called = /\$\{(\w+)Function\}/.exec(Parameters?.FunctionName ?? '')?.[1];
  return called?.toLowerCase() ?? (Resource.includes(':ecs:') ? 'container' : 'AWS');
};

/** Whoever works in the Maps of a state, without those who only record how it went. */
const workersIn = ({ States }: Machine): string[] => {
  const caught = new Set(Object.values(States).flatMap(({ Catch = [] }) => Catch.map(({ Next }) => Next)));
  return Object.entries(States).flatMap(([name, state]) => {
    if (state.ItemProcessor) return workersIn(state.ItemProcessor);
    return state.Type === 'Task' && !caught.has(name)
      ? [workerOf(state)].filter((worker) => worker !== 'workflow')
      : [];
  });
};

const shape = (name: string, state: State): string => {
  if (state.Type === 'Choice') return `${name}{{"${state.Comment ?? name}"}}`;
  if (state.ItemProcessor)
    return `${name}[["${name}<br/>many at once: ${[...new Set(workersIn(state.ItemProcessor))].join(', ')}"]]`;
  return state.Type === 'Task' ? `${name}["${name}<br/>${workerOf(state)}"]` : `${name}(["${name}"])`;
};

/** Where a road leads, behind states that only put data in order. */
const behind = (machine: Machine, name: string): string => {
  const state = machine.States[name];
  return state?.Type === 'Pass' && state.Next ? behind(machine, state.Next) : name;
};

const roads = (machine: Machine, name: string, { Choices = [], Default, Next }: State): string[] => [
  ...Choices.map((choice) => `${name} -- yes --> ${behind(machine, choice.Next)}`),
  ...(Default ? [`${name} -- no --> ${behind(machine, Default)}`] : []),
  ...(Next ? [`${name} --> ${behind(machine, Next)}`] : []),
];

/** The main road without what is inside of Maps, and with all errors as one arrow: for docs/architecture.md. */
export const mainRoad = (machine: Machine): string => {
  const { States } = machine;
  const named = Object.entries(States).filter(([, { Type }]) => Type !== 'Pass');
  const ends = new Set(named.flatMap(([, { Catch = [] }]) => Catch.map(({ Next }) => Next)));
  return [
    '```mermaid',
    'flowchart TD',
    ...named
      .flatMap(([name, state]) => [shape(name, state), ...roads(machine, name, state)])
      .map((line) => `  ${line}`),
    `  anyError(["any error of a state"]) -.-> ${[...ends].find((name) => States[name]?.Type === 'Task') ?? ''}`,
    '```',
  ].join('\n');
};
