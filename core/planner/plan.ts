/** From a job and the probes of its inputs to a plan: a pure function, so the same job gives the same plan. */
import { Failure } from '../failures.ts';
import type { Branch, Document, Recipe, Solo, Source } from '../ffmpeg/recipe.ts';
import type { CanonicalJob, CanonicalOutput } from '../job/canonical.ts';
import type { MakeTask, Plan, TaskId } from '../job/plan.ts';
import { mentionsOf } from '../job/references.ts';
import type { Name } from '../job/values.ts';
import type { Probe } from '../media/probe.ts';
import { recipeOf } from '../outputs/index.ts';
import { fuse } from './fuse.ts';
import { taskLimits } from './limits.ts';
import { inputSource, outputSource } from './sources.ts';

export type PlanInput = {
  readonly job: CanonicalJob;
  /** Of every input, by its name. */
  readonly probes: Readonly<Record<Name, Probe>>;
  /** A stable hash of a text; hexadecimal. */
  readonly hash: (text: string) => string;
};

const skip = (output: Name, reason: string): Recipe => ({ kind: 'skip', output, reason });

const notApplicable = (output: CanonicalOutput, source: Source): string | undefined => {
  if (output.when === 'hasAudio' && !source.audio) return `"${source.name}" has no sound`;
  return output.when === 'hasVideo' && !source.video ? `"${source.name}" has no picture` : undefined;
};

/** Failures of one output say which. */
const named = <T>(output: Name, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(error.code, { ...error.facts, output, phase: 'plan' }, { cause: error });
  }
};

/** A recipe per output, each made after those it reads. */
const recipesOf = ({ job, probes }: PlanInput): Map<Name, Recipe> => {
  const recipes = new Map<Name, Recipe>();
  const skippedReason = (names: readonly Name[]): string | undefined =>
    names.map((name) => recipes.get(name)).find((recipe) => recipe?.kind === 'skip') &&
    'what it is made from is skipped';

  const sourceOf = (name: Name): Source => {
    const input = job.inputs[name];
    const probe = probes[name];
    if (input && probe) return inputSource(name, input, probe);
    const recipe = recipes.get(name);
    const source = recipe && recipe.kind !== 'skip' ? outputSource(recipe) : undefined;
    if (source) return source;
    throw new Failure('spec.invalid', { detail: `"${name}" is no picture or sound that an output can be made from.` });
  };

  for (const name of job.order) {
    const output = job.outputs[name];
    if (!output) continue;
    const { from } = output;
    if (typeof from !== 'string') throw new TypeError('expressions are refused by assertSupported');
    recipes.set(
      name,
      named(name, () => {
        const reason = skippedReason(mentionsOf(name, output).map((mention) => mention.name));
        if (reason) return skip(name, reason);
        const source = sourceOf(from);
        const without = notApplicable(output, source);
        return without ? skip(name, without) : recipeOf(output, { name, source, sourceOf });
      }),
    );
  }
  return recipes;
};

/** How many outputs must be finished one after another before this one can start. */
const depthsOf = (job: CanonicalJob): Map<Name, number> => {
  const depths = new Map<Name, number>();
  for (const name of job.order) {
    const output = job.outputs[name];
    const read = output ? mentionsOf(name, output).map((mention) => depths.get(mention.name) ?? -1) : [];
    depths.set(name, Math.max(-1, ...read) + 1);
  }
  return depths;
};

const soloTask = (recipe: Solo): MakeTask => ({
  kind: 'make',
  id: taskIdOf(recipe.output),
  label: recipe.output,
  reads: [{ file: 'in0', from: recipe.source.from }],
  commands: [...recipe.commands],
  writes: [{ output: recipe.output, file: recipe.file, contentType: recipe.contentType, expects: recipe.expects }],
  limits: taskLimits({ seconds: recipe.source.seconds, outputs: 1 }),
});

const documentTask = (recipe: Document): MakeTask => ({
  kind: 'make',
  id: taskIdOf(recipe.output),
  label: recipe.output,
  reads: recipe.text === undefined ? [{ file: 'in0', from: recipe.source.from }] : [],
  commands: [],
  writes: [
    {
      output: recipe.output,
      file: recipe.file,
      contentType: recipe.contentType,
      expects: {},
      ...(recipe.text === undefined ? { copyOf: 'in0' } : { text: recipe.text }),
    },
  ],
  limits: taskLimits({ seconds: 1, outputs: 1 }),
});

const taskIdOf = (output: Name): TaskId => `make-${output}`;

/** Branches that read the same part of the same source, at the same depth, share a process. */
const fused = (branches: readonly Branch[], depths: ReadonlyMap<Name, number>): MakeTask[] => {
  const groups = Map.groupBy(branches, ({ output, source, window }) =>
    JSON.stringify([source.name, window.start, window.trimmed ? window.seconds : null, depths.get(output)]),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first ? [fuse(taskIdOf(first.output), group, first.source, first.window)] : [];
  });
};

const stagesOf = (tasks: readonly MakeTask[], depths: ReadonlyMap<Name, number>): TaskId[][] => {
  const depthOf = (task: MakeTask): number => Math.max(...task.writes.map(({ output }) => depths.get(output) ?? 0));
  const stages = Map.groupBy(tasks, depthOf);
  return [...stages.keys()].toSorted((a, b) => a - b).map((depth) => (stages.get(depth) ?? []).map(({ id }) => id));
};

/**
 * Plans the job. Fails, naming the output, with `input.no_video_stream`, `input.no_audio_stream` or `spec.invalid` where
 * an output does not suit its source.
 */
export const plan = (input: PlanInput): Plan => {
  const recipes = [...recipesOf(input).values()];
  const depths = depthsOf(input.job);
  const ofKind = <K extends Recipe['kind']>(kind: K) =>
    recipes.filter((recipe): recipe is Extract<Recipe, { kind: K }> => recipe.kind === kind);
  const tasks = [
    ...fused(ofKind('branch'), depths),
    ...ofKind('solo').map(soloTask),
    ...ofKind('document').map(documentTask),
  ];
  return {
    hash: input.hash(JSON.stringify(tasks)),
    tasks,
    stages: stagesOf(tasks, depths),
    skipped: Object.fromEntries(ofKind('skip').map(({ output, reason }) => [output, reason])),
    warnings: recipes.flatMap(({ output, warnings }) => (warnings ?? []).map((warning) => `${output}: ${warning}`)),
  };
};
