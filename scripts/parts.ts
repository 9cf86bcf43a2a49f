/** The parts of pages that are made from the code, between two comments each. */
import { busyMonth, idleMonth } from './costs.ts';
import { coreLine, foldersDiagram, rulesTable } from './folders.ts';
import type { Part } from './marked.ts';
import { optionsTable } from './options.ts';
import { permissionsTable, stacksDiagram } from './stacks.ts';
import { machineFile, mainRoad, wholeMachine } from './state-machine.ts';
import type { Templates } from './templates-of-aws.ts';

const architecture = 'docs/architecture.md';
const deploy = 'docs/deploy.md';

/** Those that are known in a moment. */
export const parts = (): readonly Part[] => [
  { file: architecture, name: 'folders', text: foldersDiagram() },
  { file: architecture, name: 'core', text: coreLine() },
  { file: architecture, name: 'rules', text: rulesTable() },
  { file: architecture, name: 'state-machine', text: mainRoad(machineFile()) },
  { file: 'statemachines/README.md', name: 'states', text: wholeMachine(machineFile()) },
  { file: deploy, name: 'options', text: optionsTable() },
  { file: deploy, name: 'busy-month', text: busyMonth() },
];

/** Those that need synthesized templates, with all options at their defaults. */
export const partsOfTemplates = (templates: Templates): readonly Part[] => [
  { file: architecture, name: 'stacks', text: stacksDiagram(templates) },
  { file: architecture, name: 'permissions', text: permissionsTable(templates) },
  { file: deploy, name: 'idle-month', text: idleMonth(templates) },
];
