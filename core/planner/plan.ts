/** From a job and the probes of its inputs to a plan: a pure function, so the same job gives the same plan. */
import { Failure } from '../failures.ts';
import type { Branch, Bundle, Document, Recipe, Recognised, Solo, Source } from '../ffmpeg/recipe.ts';
import type { CanonicalJob, CanonicalOutput } from '../job/canonical.ts';
import type { Finding } from '../job/findings.ts';
import { type MakeTask, outputsOf, type Plan, type RecogniseTask, type TaskId } from '../job/plan.ts';
import { mentionsOf } from '../job/references.ts';
import type { Name } from '../job/values.ts';
import type { Probe } from '../media/probe.ts';
import { recipeOf } from '../outputs/index.ts';
import { branchesOf, type Cutting, type Decision, decideCuts, type Film } from './chunks/decide.ts';
import { chunkTasks } from './chunks/tasks.ts';
import { roundsOf } from './chunks/together.ts';
import { Awaiting, type Find, finder } from './findings.ts';
import { filesOf, fuse, propsFor } from './fuse.ts';
import { withJoins } from './join.ts';
import { taskLimits } from './limits.ts';
import { type Sequences, sequences } from './sequences.ts';
import { inputSource, outputSource } from './sources.ts';

export type PlanInput = {
  readonly job: CanonicalJob;
  /** Of every input, by its name. */
  readonly probes: Readonly<Record<Name, Probe>>;
  /** What analyse tasks of this job have found so far, by their ids. */
  readonly findings?: Readonly<Record<TaskId, Finding>>;
  /** Outputs that are there already: nothing makes them, and what is made of them reads what is there. */
  readonly reused?: ReadonlySet<Name>;
  /** How films may be made in pieces; without it each is made in one. What the job optimizes for is the job's to say. */
  readonly cutting?: Omit<Cutting, 'optimize' | 'uncut'>;
  /** Films that have failed in pieces before, and how: they are made in one. */
  readonly uncut?: Readonly<Record<Name, string>>;
  /** A stable hash of a text; hexadecimal. */
  readonly hash: (text: string) => string;
};

const skip = (output: Name, reason: string): Recipe => ({ kind: 'skip', output, reason });

const notApplicable = (output: CanonicalOutput, source: Source): string | undefined => {
  if (output.when === 'hasAudio' && !source.audio) return `"${source.name}" has no sound`;
  return output.when === 'hasVideo' && !source.video ? `"${source.name}" has no picture` : undefined;
};

/** Failures of one output say which. */
const naming = <T>(output: Name, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(error.code, { ...error.facts, output, phase: 'plan' }, { cause: error });
  }
};

/** Of outputs that could not be planned before something was found: what that was. */
type Late = ReadonlyMap<Name, readonly string[]>;

/** A recipe per output, each made after those it reads. Outputs that wait for a finding have none. */
const recipesOf = (
  { job, probes, hash }: PlanInput,
  find: Find,
): { recipes: Map<Name, Recipe>; intermediate: Sequences['intermediate']; late: Late } => {
  const recipes = new Map<Name, Recipe>();
  const late = new Map<Name, readonly string[]>();
  const skippedReason = (names: readonly Name[]): string | undefined =>
    names.map((name) => recipes.get(name)).find((recipe) => recipe?.kind === 'skip') &&
    'what it is made from is skipped';

  const named = (name: Name): Source => {
    const input = job.inputs[name];
    const probe = probes[name];
    if (input && probe) return inputSource(name, input, probe);
    const recipe = recipes.get(name);
    if (!recipe && job.outputs[name]) throw new Awaiting();
    const source = recipe && recipe.kind !== 'skip' ? outputSource(recipe) : undefined;
    if (source) return source;
    throw new Failure('spec.invalid', { detail: `"${name}" is no picture or sound that an output can be made from.` });
  };
  const { sourceOf, intermediate } = sequences(named, hash);

  const recipe = (name: Name, output: CanonicalOutput): Recipe => {
    const reads = mentionsOf(name, output).map((mention) => mention.name);
    const reason = skippedReason(reads);
    if (reason) return skip(name, reason);
    const waitedFor = reads.flatMap((read) => late.get(read) ?? []);
    const noted: Find = (wanted) => {
      const finding = find(wanted);
      waitedFor.push(JSON.stringify([wanted.analysis, wanted.source.from, wanted.window]));
      late.set(name, waitedFor);
      return finding;
    };
    if (waitedFor.length > 0) late.set(name, waitedFor);
    const source = sourceOf(output.from);
    const without = notApplicable(output, source);
    return without ? skip(name, without) : recipeOf(output, { name, source, sourceOf, find: noted, hash });
  };

  for (const name of job.order) {
    const output = job.outputs[name];
    if (!output) continue;
    try {
      recipes.set(
        name,
        naming(name, () => recipe(name, output)),
      );
    } catch (error) {
      if (!(error instanceof Awaiting)) throw error;
    }
  }
  return { recipes, intermediate, late };
};

type From = Source['from'];

/** The files that a recipe reads. */
const readsOf = (recipe: Recipe): From[] => {
  if (recipe.kind === 'skip') return [];
  if (recipe.kind === 'branch') return filesOf([recipe]).map(({ from }) => from);
  if (recipe.kind === 'bundle') return filesOf(recipe.branches).map(({ from }) => from);
  if (recipe.kind === 'document') return recipe.document?.kind === 'text' ? [] : [recipe.source.from];
  if (recipe.kind === 'recognised') return recipe.files.map((file) => ({ output: recipe.of.output, file }));
  const behind = (recipe.props ?? []).flatMap((prop) => ('source' in prop && prop.source ? [prop.source] : []));
  return [recipe.source, ...(recipe.further ?? []), ...behind].map(({ from }) => from);
};

const outputsIn = (reads: readonly From[]): Name[] => reads.flatMap((from) => ('output' in from ? [from.output] : []));

/** The recipes with those of every file that they need and that no output of the job is. */
const withIntermediates = (
  recipes: ReadonlyMap<Name, Recipe>,
  wanted: readonly From[],
  sequence: Sequences['intermediate'],
): Map<Name, Recipe> => {
  const all = new Map(recipes);
  const recognised = [...recipes.values()].flatMap((recipe) => (recipe.kind === 'recognised' ? [recipe.of] : []));
  const intermediate = (name: Name): Branch | undefined =>
    recognised.find(({ output }) => output === name) ?? sequence(name);
  const open = outputsIn([...[...recipes.values()].flatMap(readsOf), ...wanted]);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const made = all.has(name) ? undefined : intermediate(name);
    if (!made) continue;
    all.set(name, made);
    open.push(...outputsIn(readsOf(made)));
  }
  return all;
};

/** How many files must be finished one after another before this output can start. */
const depthsOf = (recipes: ReadonlyMap<Name, Recipe>, cut: Decision['cut']): ((reads: readonly From[]) => number) => {
  const depths = new Map<Name, number>();
  const after = (reads: readonly From[]): number => Math.max(-1, ...outputsIn(reads).map(depthOf)) + 1;
  const depthOf = (name: Name): number => {
    const recipe = recipes.get(name);
    // Pieces have to be put together before anything can read the whole.
    const isFilm = recipe?.kind === 'branch' || recipe?.kind === 'bundle';
    const rounds = isFilm && cut.has(name) ? roundsOf(recipe) : 0;
    const depth = depths.get(name) ?? (recipe ? after(readsOf(recipe)) + rounds : 0);
    depths.set(name, depth);
    return depth;
  };
  return after;
};

const soloTask = (recipe: Solo): MakeTask => {
  const sources = [recipe.source, ...(recipe.further ?? [])];
  const nameOf = ({ from }: Pick<Source, 'from'>): string =>
    `in${sources.findIndex((source) => JSON.stringify(source.from) === JSON.stringify(from))}`;
  const { assets, texts } = propsFor(recipe.props ?? [], nameOf);
  const { output } = recipe;
  return {
    kind: 'make',
    id: taskIdOf(output),
    label: output,
    reads: sources.map((source) => ({ file: nameOf(source), from: source.from })),
    ...(assets.length > 0 ? { assets } : {}),
    ...(texts.length > 0 ? { texts } : {}),
    commands: [...recipe.commands],
    writes: recipe.writes.map((write) => ({ output, ...write })),
    ...(recipe.series ? { series: recipe.series.map((series) => ({ output, ...series })) } : {}),
    limits: taskLimits({ seconds: recipe.source.seconds, outputs: 1 }),
  };
};

const documentTask = ({ output, source, document, file, contentType }: Document): MakeTask => ({
  kind: 'make',
  id: taskIdOf(output),
  label: output,
  reads: document?.kind === 'text' ? [] : [{ file: 'in0', from: source.from }],
  commands: [],
  writes: [{ output, file, contentType, expects: {}, ...(document ? { document } : { copyOf: 'in0' }) }],
  limits: taskLimits({ seconds: 1, outputs: 1 }),
});

const recogniseTask = ({ output, of, files, recognition, file, contentType }: Recognised): RecogniseTask => ({
  kind: 'recognise',
  id: `recognise-${output}`,
  label: `${output}: ${recognition.kind}`,
  reads: files.map((each) => ({ file: each, from: { output: of.output, file: each } })),
  recognition,
  write: { output, file, contentType },
});

/** What recognised outputs are made of is a part of them. */
const withParts = (tasks: readonly MakeTask[], recognised: readonly Recognised[]): MakeTask[] =>
  tasks.map((task) => {
    const made = new Set(outputsOf(task));
    const parts = recognised.filter(({ of }) => made.has(of.output)).map(({ output }) => output);
    return parts.length === 0 ? task : { ...task, partOf: [...new Set([...(task.partOf ?? []), ...parts])] };
  });

/** The documents of a bundle come before the files that its process writes: the first one is what people open. */
const withDocuments = (task: MakeTask, bundles: readonly Bundle[]): MakeTask => {
  const documents = bundles.flatMap((bundle) => bundle.documents.map((write) => ({ output: bundle.output, ...write })));
  return documents.length === 0 ? task : { ...task, writes: [...documents, ...task.writes] };
};

const taskIdOf = (output: Name): TaskId => `make-${output}`;

/** Which folder of several it gets, where outputs write files of the same names. */
const folderOf = (recipe: Branch | Bundle, recipes: readonly (Branch | Bundle)[]): number => {
  const crowd = recipes.filter((each) => each.kind === 'bundle' && each.commonNames);
  return Math.max(0, crowd.indexOf(recipe));
};

/** Sources with the same key are read in the same way. */
const sourceKey = ({ from, sequence, joined }: Source): unknown => [from, sequence?.shape, joined];

const isCuttable = ({ source }: Film): boolean => !source.sequence && !source.joined;

/** What is made in pieces: outputs that one process would make are decided about together. */
const decided = (
  { job, probes, cutting, uncut = {} }: PlanInput,
  recipes: readonly Film[],
  { late, isComplete }: { readonly late: Late; readonly isComplete: boolean },
): Decision => {
  if (!cutting) return { cut: new Map(), warnings: [] };
  const groups = Map.groupBy(recipes.filter(isCuttable), (film) =>
    JSON.stringify([film.source.from, film.window, folderOf(film, recipes), late.get(film.output) ?? []]),
  );
  const whole = (films: readonly Film[]): MakeTask => {
    const [first] = films;
    if (!first) throw new TypeError('a group has films');
    return fuse(taskIdOf(first.output), films.flatMap(branchesOf), first.source, first.window);
  };
  const { optimize } = job.spec;
  return decideCuts(
    [...groups.values()].map((films) => ({ films, whole, isLate: films.some(({ output }) => late.has(output)) })),
    { ...cutting, uncut, ...(optimize === undefined ? {} : { optimize }), probes, isComplete },
  );
};

/** Tasks of films in pieces: those that read the same, at the same depth, share their decodes. */
const inPieces = (
  films: readonly Film[],
  { cut }: Decision,
  depthOf: (reads: readonly From[]) => number,
  hash: PlanInput['hash'],
): StagedTask[] => {
  const groups = Map.groupBy(films, ({ output }) => cut.get(output));
  return [...groups].flatMap(([of, alike]) => {
    const byDepth = of ? Map.groupBy(alike, (film) => depthOf(readsOf(film))) : [];
    return [...byDepth].flatMap(([depth, [first, ...rest]]) => {
      if (!of || !first) return [];
      const staged = chunkTasks({ films: [first, ...rest], cut: of, hash });
      return staged.map(({ task, round }) => ({ task, depth: depth + round }));
    });
  });
};

/**
 * Branches that read the same part of the same source, at the same depth, share a process; those that had to wait for
 * something have one apart, because the others may be made already.
 */
const fused = (
  recipes: readonly (Branch | Bundle)[],
  depthOf: (reads: readonly From[]) => number,
  late: Late,
): MakeTask[] => {
  const groups = Map.groupBy(recipes, (recipe) => {
    const { source, window } = recipe;
    const what = [sourceKey(source), window.start, window.trimmed ? window.seconds : null, depthOf(readsOf(recipe))];
    return JSON.stringify([...what, folderOf(recipe, recipes), late.get(recipe.output) ?? []]);
  });
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const branches = group.flatMap((recipe) => (recipe.kind === 'bundle' ? recipe.branches : [recipe]));
    const bundles = group.filter((recipe) => recipe.kind === 'bundle');
    return [withDocuments(fuse(taskIdOf(first.output), branches, first.source, first.window), bundles)];
  });
};

type StagedTask = { readonly task: Plan['tasks'][number]; readonly depth: number };

const stagesOf = (tasks: readonly StagedTask[]): TaskId[][] => {
  const stages = Map.groupBy(tasks, ({ depth }) => depth);
  return [...stages.keys()]
    .toSorted((a, b) => a - b)
    .map((depth) => (stages.get(depth) ?? []).map(({ task }) => task.id));
};

/**
 * Plans the job, as far as what is known of its sources allows: `complete` is false where outputs wait for findings.
 * Fails, naming the output, with `input.no_video_stream`, `input.no_audio_stream` or `spec.invalid` where an output does
 * not suit its source.
 */
export const plan = (input: PlanInput): Plan => {
  const looking = finder(input.findings ?? {}, input.hash);
  const { recipes: planned, intermediate, late } = recipesOf(input, looking.find);
  const looked = [...looking.tasks.values()].map(({ of }) => of.from);
  const open = new Map([...planned].filter(([name]) => !input.reused?.has(name)));
  const all = withIntermediates(withJoins(open, input.hash), looked, intermediate);
  const recipes = [...all.values()];
  const ofKind = <K extends Recipe['kind']>(kind: K) =>
    recipes.filter((recipe): recipe is Extract<Recipe, { kind: K }> => recipe.kind === kind);
  const films = [...ofKind('branch'), ...ofKind('bundle')];
  const isComplete = planned.size === input.job.order.length;
  const decision = decided(input, films, { late, isComplete });
  const depthOf = depthsOf(all, decision.cut);
  const [cut, uncut] = [true, false].map((is) => films.filter(({ output }) => decision.cut.has(output) === is));
  const recognised = ofKind('recognised');
  const made = [
    ...withParts(fused(uncut ?? [], depthOf, late), recognised),
    ...ofKind('solo').map(soloTask),
    ...ofKind('document').map(documentTask),
    ...recognised.map(recogniseTask),
  ];
  const staged: StagedTask[] = [
    ...[...looking.tasks.values()].map(({ task, of }) => ({ task, depth: depthOf([of.from]) })),
    ...made.map((task) => ({ task, depth: depthOf(task.reads.map(({ from }) => from)) })),
    ...inPieces(cut ?? [], decision, depthOf, input.hash),
  ];
  const tasks = staged.map(({ task }) => task);
  return {
    hash: input.hash(JSON.stringify(tasks)),
    tasks,
    complete: isComplete,
    stages: stagesOf(staged),
    skipped: Object.fromEntries(ofKind('skip').map(({ output, reason }) => [output, reason])),
    warnings: [
      ...recipes.flatMap(({ output, warnings }) => (warnings ?? []).map((warning) => `${output}: ${warning}`)),
      ...decision.warnings,
    ],
  };
};
