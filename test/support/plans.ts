/** Jobs to plans in one step, as the plan step does it. */
import { createHash } from 'node:crypto';
import { inputFlags } from '#core/ffmpeg/hardened.ts';
import { canonicalize } from '#core/job/canonical.ts';
import type { Finding } from '#core/job/findings.ts';
import { commandsOf, isWork, type Plan, type WorkTask } from '#core/job/plan.ts';
import type { TaskWrite } from '#core/job/task-write.ts';
import { JobSpec } from '#core/job/spec.ts';
import type { Probe } from '#core/media/probe.ts';
import { plan, type PlanInput } from '#core/planner/plan.ts';
import { assertSupported } from '#core/planner/supported.ts';
import { presets } from '#core/presets/index.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Inputs named here stand for uploads; only their probes matter to a plan. `rest` is the rest of the job. */
export const planOf = (
  outputs: Record<string, unknown>,
  probes: Record<string, Probe>,
  {
    findings = {},
    rest = {},
    cutting,
    uncut = {},
  }: {
    findings?: Record<string, Finding>;
    rest?: Record<string, unknown>;
    cutting?: PlanInput['cutting'] | undefined;
    uncut?: Readonly<Record<string, string>>;
  } = {},
): Plan => {
  const inputs = Object.fromEntries(Object.keys(probes).map((name) => [name, 'upl_01J9ZK3V8Q6X4T2N7M5R1W0YBD']));
  const job = canonicalize(JobSpec.parse({ inputs, outputs, ...rest }), presets);
  assertSupported(job);
  return plan({ job, probes, findings, uncut, hash: sha256, ...(cutting && { cutting }) });
};

const hardened = inputFlags().join(' ');

/** Arguments with each flag beside its value. */
const grouped = (list: readonly string[]): string[] => {
  const lines: string[] = [];
  for (const [n, argument] of list.entries()) {
    const before = list[n - 1] ?? '';
    const isValue = /^-[a-z]/.test(before) && !/^-[a-z]/.test(argument) && !lines.at(-1)?.includes(' ');
    if (isValue) lines[lines.length - 1] += ` ${argument}`;
    else lines.push(argument);
  }
  return lines
    .join('\n')
    .replaceAll(hardened.replaceAll(/ (?=-[a-z])/g, '\n'), '<hardened>')
    .split('\n');
};

const printWrites = (task: Plan['tasks'][number]): string[] => {
  if (task.kind === 'join') {
    const pieces = (name: string, list: typeof task.picture): string[] =>
      list.map((piece) => `joins ${name} ${JSON.stringify(piece)}`);
    const { file, contentType, expects } = task.write;
    return [
      ...pieces('picture', task.picture),
      ...pieces('sound', task.sound),
      `writes ${file} (${contentType}) ${JSON.stringify(expects)}`,
    ];
  }
  if (task.kind === 'recognise') {
    const { file, contentType } = task.write;
    return [
      ...task.reads.map((read) => `looks at ${read.file} ${JSON.stringify(read.from)}`),
      `recognises ${JSON.stringify(task.recognition)}`,
      `writes ${file} (${contentType})`,
    ];
  }
  if (task.kind === 'analyse') return [`looks for ${JSON.stringify(task.analysis)} in ${task.file}`];
  return [
    ...task.writes.map(
      ({ file, contentType, expects, document }) =>
        `writes ${file} (${contentType}) ${JSON.stringify(expects)}${document && document.kind !== 'text' ? ` made as ${JSON.stringify(document)}` : ''}`,
    ),
    ...(task.series ?? []).map(
      ({ prefix, suffix, contentType, expects, least, most }) =>
        `writes ${prefix}*${suffix} (${contentType}) ${least}..${most} of ${JSON.stringify(expects)}`,
    ),
  ];
};

/** What the task with this index writes. */
export const writesOf = (made: Plan, task = 0): readonly TaskWrite[] => {
  const found = made.tasks[task];
  return found?.kind === 'make' ? found.writes : [];
};

/** The task with this index, where FFmpeg does it. */
export const workOf = (made: Plan, task = 0): WorkTask | undefined => made.tasks.filter(isWork)[task];

/** A plan for people: one argument a line with its value, the hardened input flags as one word. */
export const printPlan = (made: Plan): string => {
  const lines = made.tasks.flatMap((task) => [
    `# ${task.id}: ${task.label}`,
    ...(isWork(task) ? task.reads : []).map((read) => `reads ${read.file} ${JSON.stringify(read.from)}`),
    ...commandsOf(task).flatMap((command) => [
      `ffmpeg (progress to ${command.progressSeconds} s)`,
      ...grouped(command.arguments).map((line) => `  ${line}`),
    ]),
    ...((isWork(task) && task.assets) || []).map((asset) => `has ${asset}`),
    ...((isWork(task) && task.texts) || []).map(({ file, document }) => `has ${file} ${JSON.stringify(document)}`),
    ...printWrites(task),
    '',
  ]);
  return [
    ...lines,
    `stages: ${made.stages.map((stage) => stage.join(' + ')).join(' → ')}`,
    ...(made.complete ? [] : ['planned again after these']),
    ...made.warnings.map((warning) => `warning: ${warning}`),
    ...Object.entries(made.skipped).map(([name, reason]) => `skipped ${name}: ${reason}`),
    '',
  ].join('\n');
};
