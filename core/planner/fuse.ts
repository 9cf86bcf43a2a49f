/** Outputs of one source and window become one FFmpeg process: the source is read and decoded once. */
import { filterGraph, type WantedPicture } from '../ffmpeg/graph.ts';
import { fileArgument, inputFlags, quietFlags } from '../ffmpeg/hardened.ts';
import type { Branch, Source, Window } from '../ffmpeg/recipe.ts';
import { pickStill } from '../ffmpeg/still.ts';
import type { Command, MakeTask, TaskLimits } from '../job/plan.ts';
import { taskLimits } from './limits.ts';

/** Progress where the clip's length is not known: it fills over a minute of output, then stays. */
const unknownSeconds = 60;
/** No clip of ours is longer. */
const maxSeconds = 36_000;
/** A still that is wanted alone is reached by a seek to this many seconds before it. */
const seekLeadSeconds = 10;

const overlaysOf = (branch: Branch): Source[] =>
  (branch.picture?.edits ?? []).flatMap((link) => (typeof link === 'string' ? [] : [link.overlay]));

const unique = (sources: readonly Source[]): Source[] => [
  ...new Map(sources.map((each) => [each.name, each])).values(),
];

const readArguments = (file: string, window: Window): string[] => [
  ...inputFlags(),
  ...(window.start > 0 ? ['-ss', String(window.start)] : []),
  ...['-t', String(window.trimmed && window.seconds !== null ? window.seconds : maxSeconds)],
  ...['-i', fileArgument(file)],
];

/** What a stranger's file must not carry into an output: GPS positions, titles, chapters, data tracks. */
const stripped = ['-map_metadata', '-1', '-map_chapters', '-1', '-sn', '-dn'] as const;

const outputArguments = (branch: Branch, label: string | undefined, limits: TaskLimits): string[] => [
  ...(label === undefined ? [] : ['-map', `[${label}]`]),
  ...(branch.sound ? ['-map', `0:${branch.sound.index}`] : []),
  ...(branch.sound && branch.sound.filters.length > 0 ? ['-af', branch.sound.filters.join(',')] : []),
  ...stripped,
  // Some files claim 90,000 pictures a second; the cap applies where the output follows the source.
  ...(branch.picture && branch.still === undefined ? ['-fpsmax', '60'] : []),
  ...['-max_muxing_queue_size', '4096', '-fs', String(limits.outputBytes)],
  ...branch.encode,
  fileArgument(branch.file),
];

/** What a branch wants of the graph. A still is chosen first, so that only one picture is edited and scaled. */
const wantedPicture = ({ picture, source, still }: Branch): WantedPicture | undefined => {
  if (!picture || still === undefined || !source.video) return picture && { picture, isStill: false };
  return { picture: { ...picture, edits: [...pickStill(still, source.video), ...picture.edits] }, isStill: true };
};

/** One process for branches that share source and window. `fileOf` tells the work folder's name of a source. */
const oneProcess = (
  branches: readonly Branch[],
  window: Window,
  limits: TaskLimits,
  fileOf: (source: Source) => string,
): Command => {
  const overlays = unique(branches.flatMap(overlaysOf));
  const pictures = branches.flatMap((branch) => {
    const wanted = wantedPicture(branch);
    return wanted ? [{ output: branch.output, wanted }] : [];
  });
  // The source is the first input of the process, pictures that are laid over it follow.
  const graph = filterGraph(
    pictures.map(({ wanted }) => wanted),
    (overlay) => overlays.findIndex(({ name }) => name === overlay.name) + 1,
  );
  const labels = new Map(pictures.map(({ output }, n) => [output, graph.labels[n]]));
  return {
    arguments: [
      ...quietFlags,
      ...['-progress', 'pipe:3', '-stats_period', '0.5'],
      ...branches.slice(0, 1).flatMap(({ source }) => readArguments(fileOf(source), window)),
      ...overlays.flatMap((overlay) => [...inputFlags(), '-i', fileArgument(fileOf(overlay))]),
      ...(pictures.length === 0 ? [] : ['-filter_complex', graph.text]),
      ...branches.flatMap((branch) => outputArguments(branch, labels.get(branch.output), limits)),
    ],
    progressSeconds: Math.max(0.001, window.seconds ?? unknownSeconds),
  };
};

/** A still alone is not decoded up to: the window starts shortly before it. */
const sought = (branch: Branch & { still: number }): { branch: Branch; window: Window } => {
  const skipped = Math.max(0, Math.floor(branch.still - seekLeadSeconds));
  return {
    branch: { ...branch, still: Math.round((branch.still - skipped) * 1000) / 1000 },
    window: { ...branch.window, start: branch.window.start + skipped, seconds: seekLeadSeconds },
  };
};

const isSeekable = (branch: Branch): branch is Branch & { still: number } => typeof branch.still === 'number';

const label = (branches: readonly Branch[]): string => {
  const names = branches.map(({ output }) => output).join(', ');
  return branches.length === 1 ? names : `${names} in one decode`;
};

/** The task that makes all branches, which share source and window. */
export const fuse = (id: string, branches: readonly Branch[], source: Source, window: Window): MakeTask => {
  const sources = unique([source, ...branches.flatMap(overlaysOf)]);
  const fileOf = (wanted: Source): string => `in${sources.findIndex(({ name }) => name === wanted.name)}`;
  const limits = taskLimits({ seconds: window.seconds, outputs: branches.length });
  const seekable = branches.filter(isSeekable);
  const commands =
    seekable.length === branches.length
      ? seekable.map(sought).map((still) => oneProcess([still.branch], still.window, limits, fileOf))
      : [oneProcess(branches, window, limits, fileOf)];
  return {
    kind: 'make',
    id,
    label: label(branches),
    reads: sources.map((each) => ({ file: fileOf(each), from: each.from })),
    commands,
    writes: branches.map(({ output, file, contentType, expects }) => ({ output, file, contentType, expects })),
    limits,
  };
};
