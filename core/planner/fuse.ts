/** Outputs of one source and window become one FFmpeg process: the source is read and decoded once. */
import { filterGraph, propKey, type WantedPicture } from '../ffmpeg/graph.ts';
import { fileArgument, inputFlags, quietFlags } from '../ffmpeg/hardened.ts';
import { readArguments } from '../ffmpeg/reading.ts';
import type { Branch, Link, Prop, Source, Window } from '../ffmpeg/recipe.ts';
import { pickStill } from '../ffmpeg/still.ts';
import type { Document } from '../job/documents.ts';
import type { FileName } from '../job/file-name.ts';
import { type Asset, assetPath, type Command, type MakeTask, type TaskLimits } from '../job/plan.ts';
import type { Name } from '../job/values.ts';
import { taskLimits } from './limits.ts';

/** Progress where the clip's length is not known: it fills over a minute of output, then stays. */
const unknownSeconds = 60;
/** A still that is wanted alone is reached by a seek to this many seconds before it. */
const seekLeadSeconds = 10;

const linksOf = (branch: Branch): readonly Link[] => branch.picture?.edits ?? [];

const overlaysOf = (branch: Branch): Source[] =>
  linksOf(branch).flatMap((link) => (typeof link === 'object' && 'overlay' in link ? [link.overlay] : []));

const loopedOf = (branch: Branch): Name[] =>
  linksOf(branch).flatMap((link) =>
    typeof link === 'object' && 'overlay' in link && link.loop ? [link.overlay.name] : [],
  );

const propsOf = (branch: Branch): readonly Prop[] =>
  linksOf(branch).flatMap((link) => (typeof link === 'object' && 'props' in link ? link.props : []));

const unique = (sources: readonly Source[]): Source[] => [
  ...new Map(sources.map((each) => [each.name, each])).values(),
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

/** The names that everything gets in the task's folder. */
type Names = { readonly source: (source: Source) => FileName; readonly prop: (prop: Prop) => string };

/** One process for branches that share source and window. */
const oneProcess = (branches: readonly Branch[], window: Window, limits: TaskLimits, names: Names): Command => {
  const overlays = unique(branches.flatMap(overlaysOf));
  const looped = new Set(branches.flatMap(loopedOf));
  const pictures = branches.flatMap((branch) => {
    const wanted = wantedPicture(branch);
    return wanted ? [{ branch, wanted }] : [];
  });
  // The source is the first input of the process, pictures that are laid over it follow.
  const graph = filterGraph(
    pictures.map(({ wanted }) => wanted),
    {
      inputOf: (overlay) => overlays.findIndex(({ name }) => name === overlay.name) + 1,
      fileOf: names.prop,
    },
  );
  const labels = new Map(pictures.map(({ branch }, n) => [branch, graph.labels[n]]));
  return {
    arguments: [
      ...quietFlags,
      ...['-progress', 'pipe:3', '-stats_period', '0.5'],
      ...branches.slice(0, 1).flatMap(({ source }) => readArguments(names.source(source), window)),
      ...overlays.flatMap((overlay) => [
        ...inputFlags(),
        ...(looped.has(overlay.name) ? ['-stream_loop', '-1'] : []),
        ...['-i', fileArgument(names.source(overlay))],
      ]),
      ...(pictures.length === 0 ? [] : ['-filter_complex', graph.text]),
      ...branches.flatMap((branch) => outputArguments(branch, labels.get(branch), limits)),
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
  const outputs = [...new Set(branches.map(({ output }) => output))];
  return outputs.length === 1 ? outputs.join('') : `${outputs.join(', ')} in one decode`;
};

const withFrom = (document: Document, from: FileName): Document => Object.assign({}, document, { from });

/** What has to lie in the folder beside the sources, and the names that it gets there. */
export const propsFor = (
  props: readonly Prop[],
  nameOf: (source: Source) => FileName,
): { assets: Asset[]; texts: { file: FileName; document: Document }[]; prop: (prop: Prop) => string } => {
  const distinct = [...new Map(props.map((prop) => [propKey(prop), prop])).values()];
  const texts = distinct.flatMap((prop) => ('asset' in prop ? [] : [prop]));
  const file = (prop: (typeof texts)[number]): FileName =>
    `text${texts.findIndex((each) => propKey(each) === propKey(prop))}${prop.suffix}`;
  return {
    assets: [...new Set(distinct.flatMap((prop) => ('asset' in prop ? [prop.asset] : [])))],
    texts: texts.map((prop) => ({
      file: file(prop),
      document: prop.source ? withFrom(prop.document, nameOf(prop.source)) : prop.document,
    })),
    prop: (prop) => ('asset' in prop ? assetPath(prop.asset) : file(prop)),
  };
};

/** The task that makes all branches, which share source and window. */
export const fuse = (id: string, branches: readonly Branch[], source: Source, window: Window): MakeTask => {
  const props = branches.flatMap(propsOf);
  const behind = props.flatMap((prop) => ('source' in prop && prop.source ? [prop.source] : []));
  const sources = unique([source, ...branches.flatMap(overlaysOf), ...behind]);
  const nameOf = (wanted: Source): FileName => `in${sources.findIndex(({ name }) => name === wanted.name)}`;
  const { assets, texts, prop } = propsFor(props, nameOf);
  const names: Names = { source: nameOf, prop };
  const limits = taskLimits({ seconds: window.seconds, outputs: branches.length });
  const seekable = branches.filter(isSeekable);
  const commands =
    seekable.length === branches.length
      ? seekable.map(sought).map((still) => oneProcess([still.branch], still.window, limits, names))
      : [oneProcess(branches, window, limits, names)];
  const series = branches.flatMap((branch) => (branch.series ? [{ output: branch.output, ...branch.series }] : []));
  return {
    kind: 'make',
    id,
    label: label(branches),
    reads: sources.map((each) => ({ file: nameOf(each), from: each.from })),
    ...(assets.length > 0 ? { assets } : {}),
    ...(texts.length > 0 ? { texts } : {}),
    commands,
    writes: branches
      .filter(({ publish }) => publish !== false)
      .map(({ output, file, contentType, expects }) => ({ output, file, contentType, expects })),
    ...(series.length > 0 ? { series } : {}),
    limits,
  };
};
