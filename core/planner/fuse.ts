/** Outputs of one source and window become one FFmpeg process: the source is read and decoded once. */
import { filterGraph, propKey, type WantedPicture } from '../ffmpeg/graph.ts';
import { fileArgument, inputFlags, quietFlags } from '../ffmpeg/hardened.ts';
import { mixChains } from '../ffmpeg/mix.ts';
import { sliceArguments } from '../ffmpeg/pieces.ts';
import { joinArguments, readArguments } from '../ffmpeg/reading.ts';
import type { Branch, JoinedPart, Link, MixLayer, Prop, Source, Window } from '../ffmpeg/recipe.ts';
import { sequenceChains } from '../ffmpeg/sequence.ts';
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

const layersOf = (branch: Branch): readonly MixLayer[] => branch.sound?.mix?.layers ?? [];

const fileKey = ({ from }: Pick<Source, 'from'>): string => JSON.stringify(from);

type File = Pick<Source, 'from'>;

const unique = <T extends File>(sources: readonly T[]): T[] => [
  ...new Map(sources.map((each) => [fileKey(each), each])).values(),
];

/** The files that a branch's source is read from. */
const filesIn = (source: Source): readonly File[] =>
  source.joined ?? source.sequence?.clips.map((clip) => clip.source) ?? [source];

/** Every file that the branches read. */
export const filesOf = (branches: readonly Branch[]): File[] =>
  unique([
    ...branches.slice(0, 1).flatMap(({ source }) => filesIn(source)),
    ...branches.flatMap(overlaysOf),
    ...branches.flatMap(propsOf).flatMap((prop) => ('source' in prop && prop.source ? [prop.source] : [])),
    ...branches.flatMap(layersOf).flatMap(({ source }) => (source ? [source] : [])),
  ]);

/** What a stranger's file must not carry into an output: GPS positions, titles, chapters, data tracks. */
const stripped = ['-map_metadata', '-1', '-map_chapters', '-1', '-sn', '-dn'] as const;

/** What the graph calls the picture and the sound of a branch; undefined where it has no part in them. */
type Labels = { readonly picture: string | undefined; readonly sound: string | undefined };

const soundArguments = ({ sound }: Branch, label: string | undefined): string[] => {
  if (!sound) return [];
  if (label !== undefined) return ['-map', `[${label}]`];
  const filters = sound.filters.length > 0 ? ['-af', sound.filters.join(',')] : [];
  return ['-map', `0:${sound.index}`, ...filters];
};

const outputArguments = (branch: Branch, { picture, sound }: Labels, limits: TaskLimits): string[] => [
  ...(picture === undefined ? [] : ['-map', `[${picture}]`]),
  ...(branch.copiesPicture ? ['-map', '0:0'] : []),
  ...soundArguments(branch, sound),
  ...stripped,
  // Some files claim 90,000 pictures a second; the cap applies where the output follows the source.
  ...(branch.picture && branch.still === undefined && branch.source.aheadSeconds === undefined
    ? ['-fpsmax', '60']
    : []),
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
type Names = { readonly source: (source: File) => FileName; readonly prop: (prop: Prop) => string };

/** The list of parts that are joined; the task writes it before its commands run. */
const joinList = 'list.txt';

/** Opens the source, as many inputs as it takes. */
const openSource = (source: Source, window: Window, names: Names): string[][] => {
  if (source.joined) return [joinArguments(joinList)];
  if (source.sequence)
    return source.sequence.clips.map((clip) => readArguments(names.source(clip.source), clip.window));
  if (source.aheadSeconds !== undefined)
    return [sliceArguments(names.source(source), source.aheadSeconds, source.threads)];
  return [readArguments(names.source(source), window)];
};

const whole = { picture: 'joined', sound: 'heard' } as const;

/** The chains that play a sequence, as far as the window, under the names of `whole`; `sounds` labels of the sound. */
const playSequence = (
  { sequence }: Source,
  window: Window,
  wanted: { readonly picture: boolean; readonly sounds: number },
): { chains: string[]; soundLabels: string[] } => {
  if (!sequence) return { chains: [], soundLabels: [] };
  const isPart = window.trimmed || window.start > 0;
  const to = (label: string): string => (isPart ? `${label}0` : label);
  const part = `start=${window.start}${window.seconds === null ? '' : `:duration=${window.seconds}`}`;
  const sound = wanted.sounds > 0 ? to(whole.sound) : undefined;
  const soundLabels = Array.from({ length: wanted.sounds }, (_, n) =>
    wanted.sounds > 1 ? `${whole.sound}${n + 1}` : whole.sound,
  );
  return {
    soundLabels,
    chains: [
      ...sequenceChains(sequence, { firstInput: 0, picture: wanted.picture ? to(whole.picture) : undefined, sound }),
      ...(isPart && wanted.picture ? [`[${to(whole.picture)}]trim=${part},setpts=PTS-STARTPTS[${whole.picture}]`] : []),
      ...(isPart && sound ? [`[${sound}]atrim=${part},asetpts=PTS-STARTPTS[${whole.sound}]`] : []),
      ...(wanted.sounds > 1
        ? [`[${whole.sound}]asplit=${wanted.sounds}${soundLabels.map((each) => `[${each}]`).join('')}`]
        : []),
    ],
  };
};

/** How often the graph reads the source's own sound. */
const ownSounds = (branches: readonly Branch[], drawn: number): number =>
  branches.reduce(
    (count, { sound }) => {
      if (!sound) return count;
      return count + (sound.mix ? sound.mix.layers.filter(({ source }) => !source).length : 1);
    },
    drawn > 0 ? 1 : 0,
  );

/** A GIF knows how long its last picture stands, but only its own demuxer reads that. */
const endless = ({ probe }: Source): string[] =>
  probe.container === 'gif' ? ['-ignore_loop', '0'] : ['-stream_loop', '-1'];

/** One process for branches that share source and window. */
const oneProcess = (branches: readonly Branch[], window: Window, limits: TaskLimits, names: Names): Command => {
  const [{ source } = { source: undefined }] = branches;
  if (!source) throw new TypeError('a process has branches');
  const overlays = unique(branches.flatMap(overlaysOf));
  const looped = new Set(branches.flatMap(loopedOf));
  const pictures = branches.flatMap((branch) => {
    const wanted = wantedPicture(branch);
    return wanted ? [{ branch, wanted }] : [];
  });
  const inputs = openSource(source, window, names);
  const [firstOverlay, drawn] = [
    inputs.length,
    pictures.filter(({ wanted }) => wanted.picture.drawnFrom === 'sound').length,
  ];
  inputs.push(
    ...overlays.map((overlay) => [
      ...inputFlags(),
      ...(looped.has(overlay.name) ? endless(overlay) : []),
      ...['-i', fileArgument(names.source(overlay))],
    ]),
  );
  const played = playSequence(source, window, { picture: pictures.length > drawn, sounds: ownSounds(branches, drawn) });
  const own = [...played.soundLabels];
  const drawnLabel = drawn > 0 ? own.shift() : undefined;
  const ownSound = (index: number): string => own.shift() ?? `0:${index}`;
  const graph = filterGraph(
    pictures.map(({ wanted }) => wanted),
    {
      ...(source.sequence && {
        trackOf: ({ drawnFrom }) => (drawnFrom === 'sound' ? (drawnLabel ?? whole.sound) : whole.picture),
      }),
      inputOf: (overlay) => overlays.findIndex((each) => fileKey(each) === fileKey(overlay)) + firstOverlay,
      fileOf: names.prop,
    },
  );
  const labels = new Map(pictures.map(({ branch }, n) => [branch, graph.labels[n]]));
  const soundChains: string[] = [];
  const soundLabels = new Map<Branch, string>();
  for (const [n, branch] of branches.entries()) {
    const { sound } = branch;
    if (!sound || (!sound.mix && !source.sequence)) continue;
    const to = `a${n}`;
    const mixed = sound.filters.length === 0 ? to : `${to}m`;
    soundLabels.set(branch, to);
    if (sound.mix) {
      const from = (layer: MixLayer): string => {
        if (!layer.source) return ownSound(sound.index);
        const at = layer.window ?? { start: 0, seconds: null, trimmed: false };
        inputs.push(readArguments(names.source(layer.source), at));
        return `${inputs.length - 1}:${layer.source.audio?.index ?? 0}`;
      };
      soundChains.push(...mixChains(sound.mix, { prefix: `m${n}`, from, to: mixed }));
      if (mixed !== to) soundChains.push(`[${mixed}]${sound.filters.join(',')}[${to}]`);
    } else soundChains.push(`[${ownSound(sound.index)}]${sound.filters.join(',') || 'anull'}[${to}]`);
  }
  const chains = [...played.chains, ...(pictures.length === 0 ? [] : [graph.text]), ...soundChains];
  return {
    arguments: [
      ...quietFlags,
      ...['-progress', 'pipe:3', '-stats_period', '0.5'],
      ...inputs.flat(),
      ...(chains.length === 0 ? [] : ['-filter_complex', chains.join(';')]),
      ...branches.flatMap((branch) =>
        outputArguments(branch, { picture: labels.get(branch), sound: soundLabels.get(branch) }, limits),
      ),
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
  nameOf: (source: File) => FileName,
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

/** For the concat demuxer: https://ffmpeg.org/ffmpeg-formats.html#concat-1. Each part starts where the ones before it end. */
const listOf = (parts: readonly JoinedPart[], nameOf: (file: File) => FileName): Document => {
  const lines = ['ffconcat version 1.0'];
  let end = 0;
  let written = 0;
  for (const part of parts) {
    end += part.seconds;
    // Microseconds are all it reads: rounded in the sum, so that errors never add up.
    const micros = Math.round(end * 1e6) - written;
    written += micros;
    lines.push(`file ${nameOf(part)}`, `duration ${(micros / 1e6).toFixed(6)}`);
  }
  return { kind: 'text', text: `${lines.join('\n')}\n` };
};

/** The task that makes all branches, which share source and window. */
export const fuse = (id: string, branches: readonly Branch[], source: Source, window: Window): MakeTask => {
  const props = branches.flatMap(propsOf);
  const files = filesOf(branches);
  const nameOf = (wanted: File): FileName => `in${files.findIndex((each) => fileKey(each) === fileKey(wanted))}`;
  const { assets, texts: made, prop } = propsFor(props, nameOf);
  const texts = source.joined ? [...made, { file: joinList, document: listOf(source.joined, nameOf) }] : made;
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
    reads: files.map((each) => ({ file: nameOf(each), from: each.from })),
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
