import { Failure } from '../failures.ts';
import { filterGraph } from '../ffmpeg/graph.ts';
import { fileArgument, quietFlags } from '../ffmpeg/hardened.ts';
import { readArguments } from '../ffmpeg/reading.ts';
import type { Branch, Find, Recipe, Source, Window } from '../ffmpeg/recipe.ts';
import type { OutputOf } from '../job/outputs.ts';
import type { Command } from '../job/plan.ts';
import type { TaskWrite } from '../job/task-write.ts';
import { betweenCuts, joined, outsideOf, type Part, split } from './clip-parts.ts';
import { containerFile } from './container-file.ts';
import { defineOutput, type PlanContext } from './define-output.ts';
import { lengthOf, numbered } from './grid.ts';
import { filmOf } from './picture.ts';
import { video } from './video.ts';
import { windowOf } from './window.ts';

type By = OutputOf<'clips'>['by'];
type Write = Omit<TaskWrite, 'output'>;

const mostClips = 500;
/** What counts as a cut, as silence and as black where nothing more is said. */
const looks = {
  scene: { kind: 'scenes', threshold: 0.3 },
  silence: { kind: 'silence', belowDb: -40, minSeconds: 0.5 },
  black: { kind: 'black', minSeconds: 0.5 },
} as const;
/** Shorter scenes are flicker; whatever else is shorter is a rest. */
const leastSeconds = { scene: 1, other: 0.1 } as const;

const foundParts = (by: By, source: Source, window: Window, seconds: number, find: Find): Part[] => {
  if (by === 'scene') return betweenCuts(find({ analysis: looks.scene, source, window }).cuts, seconds);
  if (by === 'black') return outsideOf(find({ analysis: looks.black, source, window }).spans, seconds);
  if (by === 'silence') {
    if (!source.audio) throw new Failure('input.no_audio_stream', { detail: `"${source.name}" has no sound.` });
    return outsideOf(find({ analysis: looks.silence, source, window }).spans, seconds);
  }
  if ('every' in by) return everyOf(by.every, seconds);
  return by.list.map(({ start, end, name }) => {
    if (start < end && start < seconds)
      return { start, end: Math.min(end, seconds), ...(name === undefined ? {} : { label: name }) };
    throw new Failure('spec.invalid', {
      detail: `A clip from ${start} s to ${end} s is no part of "${source.name}", which has ${seconds.toFixed(2)} s.`,
    });
  });
};

const everyOf = (every: number, seconds: number): Part[] => {
  const count = Math.ceil(seconds / every - 1e-6);
  if (count > mostClips) tooMany();
  return betweenCuts(
    Array.from({ length: count }, (_, n) => Math.round(n * every * 1000) / 1000),
    seconds,
  );
};

const tooMany = (): never => {
  throw new Failure('spec.invalid', {
    detail: `More than ${mostClips} clips would be made: set a longer "min" or "every".`,
  });
};

const partsOf = (output: OutputOf<'clips'>, parts: readonly Part[]): Part[] => {
  const { by, min, max } = output;
  if (typeof by === 'object' && 'list' in by) return [...parts];
  const long = joined(parts, min ?? (by === 'scene' ? leastSeconds.scene : leastSeconds.other));
  return max === undefined ? long : split(long, max);
};

const nothing: Readonly<Record<string, string>> = {
  scene: 'no scene changes were found: the clip is all of it',
  silence: 'no silence was found, or nothing else: the clip is all of it',
  black: 'no black was found, or nothing else: the clip is all of it',
};

/** One clip by itself, read from a seek before its first picture: exact to the picture, and never more than one encoder at work. */
const encoded = (branch: Branch): Command => {
  const { picture, sound, window, source } = branch;
  const graph = filterGraph(picture ? [{ picture, isStill: false }] : [], {
    inputOf: () => 0,
    fileOf: () => '',
  });
  return {
    arguments: [
      ...quietFlags,
      ...['-progress', 'pipe:3', '-stats_period', '0.5'],
      ...readArguments('in0', window),
      ...['-filter_complex', graph.text, '-map', `[${graph.labels[0] ?? ''}]`],
      ...(sound && source.audio ? ['-map', `0:${sound.index}`, '-af', sound.filters.join(',')] : []),
      ...stripped,
      ...['-fpsmax', '60', '-max_muxing_queue_size', '4096'],
      ...branch.encode,
      fileArgument(branch.file),
    ],
    progressSeconds: Math.max(0.001, window.seconds ?? 1),
  };
};

const stripped = ['-map_metadata', '-1', '-map_chapters', '-1', '-sn', '-dn'] as const;

const asVideo = (
  context: PlanContext<'clips'>,
  preset: Exclude<OutputOf<'clips'>['encode'], 'copy'>,
  part: Part,
): Branch => {
  const output = {
    type: 'video',
    from: context.output.from,
    start: part.start,
    end: part.end,
    encode: preset,
  } as const;
  const recipe = video.plan({ ...context, output });
  if (recipe.kind === 'branch') return recipe;
  throw new TypeError('a video is a branch');
};

/** Containers hold only some codecs; Matroska takes whatever there is. */
const inMp4 = {
  video: new Set(['h264', 'hevc', 'av1', 'mpeg4']),
  audio: new Set(['aac', 'mp3', 'ac3', 'eac3']),
} as const;

const copyContainer = ({ video: picture, audio }: Source): { container: 'mp4' | 'matroska'; flags: string[] } =>
  picture && inMp4.video.has(picture.codec) && (!audio || inMp4.audio.has(audio.codec))
    ? {
        container: 'mp4',
        flags: [...(picture.codec === 'hevc' ? ['-tag:v', 'hvc1'] : []), '-movflags', '+faststart', '-f', 'mp4'],
      }
    : { container: 'matroska', flags: ['-f', 'matroska'] };

/** The streams as they are, from the key picture at or before the start. */
const copied = (source: Source, window: Window, file: string, flags: readonly string[]): Command => ({
  arguments: [
    ...quietFlags,
    ...['-progress', 'pipe:3', '-stats_period', '0.5'],
    ...readArguments('in0', window),
    ...[source.video, source.audio].flatMap((track) => (track ? ['-map', `0:${track.index}`] : [])),
    ...stripped,
    ...['-c', 'copy', '-avoid_negative_ts', 'make_zero', ...flags],
    fileArgument(file),
  ],
  progressSeconds: Math.max(0.001, window.seconds ?? 1),
});

const copies = (source: Source, parts: readonly Part[], name: string): { commands: Command[]; writes: Write[] } => {
  const { container, flags } = copyContainer(source);
  const { extension, contentType } = containerFile(container);
  const track = filmOf(source);
  const file = (n: number): string => numbered(name, n + 1, `.${extension}`);
  return {
    commands: parts.map((part, n) => copied(source, { ...windowOf(source, part), trimmed: true }, file(n), flags)),
    writes: parts.map((_, n) => ({
      file: file(n),
      contentType,
      expects: {
        video: { codec: track.codec, width: track.codedWidth, height: track.codedHeight },
        audio: source.audio ? undefined : null,
        minFrames: 1,
      },
    })),
  };
};

const encodes = (context: PlanContext<'clips'>, parts: readonly Part[]): { commands: Command[]; writes: Write[] } => {
  const { name, output } = context;
  const preset = output.encode === 'copy' ? undefined : output.encode;
  const branches = parts.map((part, n) => {
    const branch = asVideo(context, preset, part);
    return { ...branch, file: numbered(name, n + 1, branch.file.slice(branch.file.lastIndexOf('.'))) };
  });
  return {
    commands: branches.map(encoded),
    writes: branches.map(({ file, contentType, expects }) => ({ file, contentType, expects })),
  };
};

export const clips = defineOutput({
  type: 'clips',
  summary:
    'Parts of the video as files of their own, with a list of them in JSON: by scenes, around silence or black, every so often, or as listed. Encoded clips are exact to the picture; with "copy" they begin at the key picture before, without loss.',
  examples: [
    { title: 'A clip every second', output: { type: 'clips', by: { every: 1 }, encode: 'mp4-fast' } },
    {
      title: 'Two parts with names of your own, without encoding them again',
      output: {
        type: 'clips',
        by: {
          list: [
            { start: 0, end: 0.5, name: 'Opening' },
            { start: 1, end: 2 },
          ],
        },
        encode: 'copy',
      },
    },
    { title: 'A clip per scene, none shorter than three seconds', output: { type: 'clips', by: 'scene', min: 3 } },
    {
      title: 'What is not silent, in pieces of ten seconds at most',
      output: { type: 'clips', by: 'silence', max: 10 },
    },
  ],
  unsupported: ({ by, min, max }) => {
    if (typeof by === 'object' && 'list' in by && (min !== undefined || max !== undefined)) {
      return 'listed clips are made as they are listed, without "min" and "max"';
    }
    if ((max !== undefined && max < 0.1) || (typeof by === 'object' && 'every' in by && by.every < 0.1)) {
      return 'clips last at least 0.1 s';
    }
    return min !== undefined && max !== undefined && min > max ? '"min" is longer than "max"' : undefined;
  },
  plan: (context): Recipe => {
    const { name, output, source, find } = context;
    filmOf(source);
    const window = windowOf(source, {});
    const seconds = lengthOf(source, window);
    const found = foundParts(output.by, source, window, seconds, find);
    const isAll = found.length === 0 || (found.length === 1 && found[0]?.start === 0 && found[0].end === seconds);
    const parts = partsOf(output, found.length === 0 ? [{ start: 0, end: seconds }] : found);
    if (parts.length > mostClips) tooMany();
    const { commands, writes } = output.encode === 'copy' ? copies(source, parts, name) : encodes(context, parts);
    const listed = parts.map((part, n) => ({ file: writes[n]?.file ?? '', ...part }));
    return {
      kind: 'solo',
      output: name,
      source,
      commands,
      writes: [
        {
          file: `${name}.json`,
          contentType: 'application/json',
          expects: {},
          document: { kind: 'clips', clips: listed },
        },
        ...writes,
      ],
      main: writes[0]?.file ?? '',
      warnings: typeof output.by === 'string' && isAll ? [nothing[output.by] ?? ''] : [],
    };
  },
});
