/** Which outputs are made in pieces, where they are cut, and why others are not. */
import type { Branch, Bundle, Cut, Source } from '../../ffmpeg/recipe.ts';
import type { MakeTask } from '../../job/plan.ts';
import type { Name } from '../../job/values.ts';
import type { Probe } from '../../media/probe.ts';
import type { SourceIndex, TrackIndex } from '../../media/source-index.ts';
import { type Optimize, type Placement, type PlacementOptions, placeWork } from '../placement.ts';
import { predictPlan } from '../predict.ts';
import { type Chunk, chunksOf, type Grid } from './boundaries.ts';
import { refusedPart, timelineOf } from './timeline.ts';

/** What decides about pieces, beside the job itself. */
export type Cutting = PlacementOptions & {
  /** Of the inputs that have one. */
  readonly indexes: Readonly<Record<Name, SourceIndex>>;
  /** Shorter pieces of sound cost more than they bring. */
  readonly leastSoundSeconds?: number;
  /** Films that have failed in pieces before, and how. */
  readonly uncut?: Readonly<Record<Name, string>>;
  /** How much longer this host takes than the calibrated machine. */
  readonly speedFactor?: number;
};

export type Film = Branch | Bundle;

/** Outputs of one source and window that are cut at the same places. */
export type CutFilms = {
  readonly index: SourceIndex;
  readonly grid: Grid;
  readonly chunks: readonly Chunk[];
  readonly placement: Placement;
  readonly leastSoundSeconds: number | undefined;
};

export type Decision = {
  /** By output. */
  readonly cut: ReadonlyMap<Name, CutFilms>;
  readonly warnings: readonly string[];
};

export const branchesOf = (film: Film): readonly Branch[] => (film.kind === 'bundle' ? film.branches : [film]);

/** How its branches are cut; a sentence where one of them cannot be; undefined where nobody would want it. */
const cutsOf = (film: Film): readonly Cut[] | string | undefined => {
  const cuts = branchesOf(film).map(({ cut }) => cut);
  const refused = cuts.find((cut) => typeof cut === 'string');
  if (refused !== undefined) return refused;
  const known = cuts.filter((cut) => typeof cut === 'object');
  return known.length === cuts.length ? known : undefined;
};

const containerName = (container: string): string =>
  ({ matroska: 'Matroska and WebM', mpegts: 'MPEG-TS' })[container] ?? container;

/** The index and the track that a source is cut by, or why there is none. */
const indexOf = (source: Source, { indexes }: Cutting): { index: SourceIndex; track: TrackIndex } | string => {
  const { from, probe, video } = source;
  if (!('input' in from)) return 'what is made from another output is encoded in one piece';
  const index = indexes[from.input];
  if (!index)
    return probe.container === 'mov'
      ? `"${source.name}" is a fragmented MP4, which is encoded in one piece`
      : `${containerName(probe.container)} sources are encoded in one piece: only MP4 and MOV are cut`;
  const track = index.tracks.find(({ stream }) => stream === video?.index);
  if (!track) return `the index of "${source.name}" does not hold its picture`;
  return track.refused === null ? { index, track } : `"${source.name}" is encoded in one piece: ${track.refused}`;
};

const gridOf = (
  films: readonly Film[],
  cuts: readonly Cut[],
  found: { index: SourceIndex; track: TrackIndex },
): Grid => {
  const [first] = films;
  const base = cuts.find(({ every }) => every > 1) ?? cuts[0];
  if (!first || !base) throw new TypeError('films that are cut have cuts');
  return {
    timeline: timelineOf(found.index, found.track, first.window, base.tempo),
    rate: base.rate,
    rates: cuts.map(({ rate }) => rate),
    every: base.every,
    memory: Math.max(...cuts.map(({ memory }) => memory)),
  };
};

/** The same films in one piece, as work to be placed. */
const workOf = (whole: MakeTask, probes: Readonly<Record<Name, Probe>>, factor: number) => {
  const found = predictPlan({ tasks: [whole], stages: [[whole.id]] }, probes, factor).get(whole.id);
  const seconds = Math.max(0.001, found?.seconds ?? 0);
  return {
    seconds,
    cpuSecondsPerSecond: (found?.cpuSeconds ?? 0) / seconds,
    sourceBytes: found?.bytesRead ?? 0,
    outputBytes: found?.bytesWritten ?? 0,
    memoryBytes: found?.memoryBytes ?? 0,
  };
};

/** Pieces that are wanted in a hurry may be shorter: they cost more. */
const leastInAHurry = 4;

const late = (optimize: Optimize, { seconds }: Placement): string[] =>
  typeof optimize === 'object' && seconds > optimize.finishWithin
    ? [`it will probably take ${Math.ceil(seconds)} s, more than the ${optimize.finishWithin} s of "finishWithin"`]
    : [];

/** Why films are made in one piece that were tried in several; they share their pieces, so all of them are. */
const failedBefore = (films: readonly Film[], { uncut = {} }: Cutting): string | undefined => {
  const why = films.map(({ output }) => uncut[output]).find((reason) => reason !== undefined);
  return why === undefined ? undefined : `it is encoded in one piece, because it failed in several: ${why}`;
};

/** Films that one process would make. */
type Group = {
  readonly films: readonly Film[];
  readonly whole: (films: readonly Film[]) => MakeTask;
  /** True where they had to wait for something: the others may be made already. */
  readonly isLate: boolean;
};

/** How many others each group shares the workers with. What is late changes nothing for the others when it comes. */
const alongsideOf = (groups: readonly Group[], isComplete: boolean): ((group: Group) => number) => {
  const able = groups.filter(({ films }) => films.some((film) => cutsOf(film) !== undefined));
  const early = able.filter(({ isLate }) => !isLate);
  const someAreLate = !isComplete || early.length < able.length;
  return ({ isLate }) => Math.max(0, (isLate ? able.length : early.length + (someAreLate ? 1 : 0)) - 1);
};

/**
 * Decides for each group of films that one process would make; `whole` is the task of that process. What would be in
 * pieces and cannot be says so.
 */
export const decideCuts = (
  groups: readonly Group[],
  options: Cutting & { readonly probes: Readonly<Record<Name, Probe>>; readonly isComplete: boolean },
): Decision => {
  const cut = new Map<Name, CutFilms>();
  const warnings: string[] = [];
  const { speedFactor = 1, probes, isComplete: _isComplete, ...cutting } = options;
  const hurried = cutting.optimize === 'speed' || typeof cutting.optimize === 'object';
  const least = cutting.leastChunkSeconds ?? (hurried ? leastInAHurry : undefined);
  const placing: PlacementOptions = { ...cutting, ...(least === undefined ? {} : { leastChunkSeconds: least }) };
  const say = (films: readonly Film[], sentences: readonly string[]): void => {
    for (const { output } of films) warnings.push(...sentences.map((sentence) => `${output}: ${sentence}`));
  };
  const alongside = alongsideOf(groups, options.isComplete);
  for (const group of groups) {
    const { films, whole } = group;
    const wanted = films.filter((film) => cutsOf(film) !== undefined);
    const [first] = wanted;
    if (!first) continue;
    const place = (some: readonly Film[]): Placement =>
      placeWork(
        {
          ...workOf(whole(some), probes, speedFactor),
          isCuttable: true,
          alongside: alongside(group),
          joins: some.filter(({ kind }) => kind === 'branch').length,
        },
        placing,
      );
    const refuse = (some: readonly Film[], reason: string): void => {
      if (some.length > 0 && place(some).chunkSeconds !== null) say(some, [reason]);
    };
    const found = indexOf(first.source, cutting);
    const reason = typeof found === 'string' ? found : refusedPart(found.track, first.window);
    if (typeof found === 'string' || reason !== undefined) {
      refuse(wanted, reason ?? '');
      continue;
    }
    const able: { film: Film; cuts: readonly Cut[] }[] = [];
    for (const film of wanted) {
      const cuts = cutsOf(film);
      if (typeof cuts === 'string') refuse([film], cuts);
      else if (cuts) able.push({ film, cuts });
    }
    // What is played faster is cut at other places.
    for (const alike of Map.groupBy(able, ({ cuts }) => cuts[0]?.tempo).values()) {
      const some = alike.map(({ film }) => film);
      const failed = failedBefore(some, cutting);
      if (failed !== undefined) {
        say(some, [failed]);
        continue;
      }
      const placement = place(some);
      say(some, late(cutting.optimize, placement));
      if (placement.chunkSeconds === null) continue;
      const grid = gridOf(
        some,
        alike.flatMap(({ cuts }) => cuts),
        found,
      );
      const chunks = chunksOf(grid, placement.chunks);
      if (!chunks) say(some, ['it is encoded in one piece: the key pictures of its source are too far apart']);
      else {
        const { leastSoundSeconds } = cutting;
        const films: CutFilms = { index: found.index, grid, chunks, placement, leastSoundSeconds };
        for (const { output } of some) cut.set(output, films);
      }
    }
  }
  return { cut, warnings };
};
