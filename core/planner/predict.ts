/** What a task will use and write, told from its exact FFmpeg arguments and from what is known of its sources. */
import type { AnalyseTask, Command, FetchTask, JoinTask, MakeTask, Plan, RecogniseTask, TaskId } from '../job/plan.ts';
import type { TaskWrite } from '../job/task-write.ts';
import type { Recognition } from '../job/recognition.ts';
import type { Name } from '../job/values.ts';
import { type Probe, rationalValue } from '../media/probe.ts';
import * as cost from './calibration.ts';

/** What matters of a file that a task reads. */
export type KnownFile = {
  readonly bytes: number;
  /** Null where nobody knows. */
  readonly seconds: number | null;
  readonly codec: string | null;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
};

export type Prediction = {
  /** Of media that the commands write. */
  readonly seconds: number;
  /** On one processor of the calibrated machine, times the host's factor. */
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
};

type PlannedTask = Plan['tasks'][number];
type Read = MakeTask['reads'][number];

const usualFps = 30;
const unknown: KnownFile = { bytes: 0, seconds: null, codec: null, width: 0, height: 0, fps: usualFps };

const knownOf = ({ bytes, durationSeconds, video: [video] }: Probe): KnownFile => ({
  bytes,
  seconds: durationSeconds,
  codec: video?.codec ?? null,
  width: video?.width ?? 0,
  height: video?.height ?? 0,
  // Some files claim 90,000 pictures a second.
  fps: Math.min(60, video?.fps ? rationalValue(video.fps) : usualFps),
});

const valueOf = (words: readonly string[], ...flags: readonly string[]): string | undefined => {
  const at = words.findLastIndex((word) => flags.includes(word));
  return at < 0 ? undefined : words[at + 1];
};

const bitsOf = (text: string | undefined): number | undefined => {
  const match = /^(\d+(?:\.\d+)?)([kM]?)$/.exec(text ?? '');
  return match ? Number(match[1]) * (match[2] === 'M' ? 1e6 : match[2] === 'k' ? 1e3 : 1) : undefined;
};

/** A command's inputs, each with the words before it, and its outputs likewise. */
const partsOf = ({ arguments: words }: Command) => {
  const inputs: { file: string; words: readonly string[] }[] = [];
  const outputs: { file: string; words: readonly string[] }[] = [];
  let from = 0;
  for (const [n, word] of words.entries()) {
    if (!word.startsWith('file:')) continue;
    const isInput = words[n - 1] === '-i';
    (isInput ? inputs : outputs).push({ file: word.slice(5), words: words.slice(from, n) });
    from = n + 1;
  }
  return { inputs, outputs };
};

type Size = { readonly width: number; readonly height: number };

/** What the graph's chains scale a label to, the last of them first; undefined where it has the source's size. */
const scaledTo = (graph: string, label: string): Size | undefined => {
  const chain = graph.split(';').find((each) => /(?:\[[^[\]]+\])+$/.exec(each)?.[0].includes(`[${label}]`));
  if (chain === undefined) return undefined;
  const [, width, height] = [...chain.matchAll(/scale=(\d+):(\d+)/g)].at(-1) ?? [];
  if (width !== undefined && height !== undefined) return { width: Number(width), height: Number(height) };
  const before = /^\[([^[\]]+)\]/.exec(chain)?.[1];
  return before === undefined ? undefined : scaledTo(graph, before);
};

const imageEncoders: Readonly<Record<string, string>> = { jpg: 'mjpeg', png: 'png', webp: 'libwebp', gif: 'gif' };

/** What one file of a command costs. */
const outputOf = (
  { file, words, size }: { file: string; words: readonly string[]; size: Size | undefined },
  task: PlannedTask,
  source: KnownFile & { readonly window: number },
) => {
  const writes: readonly (Pick<TaskWrite, 'file' | 'expects'> & { readonly most?: number })[] =
    task.kind === 'make'
      ? [...task.writes, ...(task.series ?? []).map(({ prefix, expects, most }) => ({ file: prefix, expects, most }))]
      : [];
  const write = writes.find((each) => each.file === file) ?? writes.find((each) => file.startsWith(each.file));
  const suffix = /\.([a-z0-9]+)$/.exec(file)?.[1] ?? '';
  const encoder = valueOf(words, '-c:v') ?? valueOf(words, '-c') ?? imageEncoders[suffix];
  const preset = valueOf(words, '-preset');
  const seconds = write?.expects.durationSeconds ?? source.window;
  // Of segments without their head nothing is expected.
  const { width, height } = write?.expects.video ?? size ?? source;
  const hasPicture = write?.expects.video !== null && !words.includes('-vn') && width > 0 && encoder !== undefined;
  const graphFps = /(?:^|[,;\]])fps=(\d+(?:\.\d+)?)(?:\/(\d+))?/.exec(words.join(' '));
  const asked = graphFps ? Number(graphFps[1]) / Number(graphFps[2] ?? 1) : Number(valueOf(words, '-r') ?? source.fps);
  const frames = valueOf(words, '-frames:v');
  const isStill = suffix in imageEncoders && suffix !== 'gif';
  const count = frames !== undefined ? Number(frames) : isStill ? (write?.most ?? 1) : seconds * Math.min(60, asked);
  const megapixels = hasPicture && encoder !== 'copy' ? (count * width * height) / 1e6 : 0;
  const soundEncoder = words.includes('-an') ? undefined : valueOf(words, '-c:a');
  const crf = valueOf(words, '-crf', '-q:v');
  const cap = bitsOf(valueOf(words, '-maxrate'));
  const coded = (megapixels * 1e6 * cost.bitsPerPixel(encoder ?? '', crf === undefined ? undefined : Number(crf))) / 8;
  // An encoder does not make more of a picture than was in it.
  const ofSource = source.seconds ? (source.bytes / source.seconds) * seconds * 1.5 : Infinity;
  const isFilm = !isStill && encoder !== 'gif';
  const picture = Math.min(coded, cap === undefined ? Infinity : (cap * seconds) / 8, isFilm ? ofSource : Infinity);
  const sound = soundEncoder === undefined ? 0 : ((bitsOf(valueOf(words, '-b:a')) ?? 160_000) * seconds) / 8;
  const copied = encoder === 'copy' && source.seconds ? (source.bytes / source.seconds) * seconds : 0;
  const isSoundCopied = soundEncoder === 'copy' || soundEncoder === undefined;
  return {
    seconds,
    decodes: megapixels > 0,
    isSound: !isSoundCopied,
    cpu:
      megapixels * (cost.encodingCost(encoder ?? '', preset) + cost.filterCost.out) +
      (isSoundCopied ? 0 : seconds * cost.soundCost(soundEncoder ?? '')) +
      (/loudnorm|ebur128/.test(words.join(' ')) ? seconds * cost.loudnessCost : 0),
    memory: megapixels > 0 ? ((width * height) / 1e6) * cost.memoryCost.encoding(encoder ?? '', preset) : 0,
    bytes: picture + sound + copied,
  };
};

const commandOf = (command: Command, task: PlannedTask, known: (file: string) => KnownFile) => {
  const { inputs, outputs } = partsOf(command);
  const opened = inputs.map(({ file, words }) => {
    const of = known(file);
    const start = Number(valueOf(words, '-ss') ?? 0);
    const whole = of.seconds === null ? command.progressSeconds : Math.max(0, of.seconds - start);
    return { ...of, window: Math.min(whole, Number(valueOf(words, '-t') ?? Infinity)) };
  });
  const source = opened.find(({ width }) => width > 0) ?? opened[0] ?? { ...unknown, window: command.progressSeconds };
  const graph = /-filter_complex (\S+)/.exec(command.arguments.join(' '))?.[1] ?? '';
  const made = outputs.map(({ file, words }) => {
    const label = words.find((word, n) => words[n - 1] === '-map' && word.startsWith('['));
    const size = label === undefined ? undefined : scaledTo(graph, label.slice(1, -1));
    return outputOf({ file, size, words: [...(graph.includes('fps=') ? [graph] : []), ...words] }, task, source);
  });
  const looks = task.kind === 'analyse' && command.arguments.includes('-vf');
  const decodes = looks || made.some((each) => each.decodes);
  const sounds = made.some((each) => each.isSound) || (task.kind === 'analyse' && !looks);
  const decoding = opened.reduce((sum, { codec, width, height, fps, window }) => {
    const megapixels = decodes && codec !== null ? (width * height * fps * window) / 1e6 : 0;
    const perPixel = cost.decodingCost(codec ?? '') + cost.filterCost.in * Math.max(1, made.length);
    return sum + megapixels * perPixel + (sounds ? window * cost.soundDecodingCost : 0);
  }, 0);
  const sum = (pick: (of: (typeof made)[number]) => number): number =>
    made.reduce((total, each) => total + pick(each), 0);
  return {
    seconds: Math.max(0, ...made.map(({ seconds }) => seconds)),
    cpu: decoding + sum(({ cpu }) => cpu) + cost.taskCost.command,
    memory:
      sum(({ memory }) => memory) +
      opened.reduce((total, { width, height }) => total + ((width * height) / 1e6) * cost.memoryCost.decoding, 0),
    bytes: sum(({ bytes }) => bytes),
  };
};

const textBytes = 2000;

/** Of a slice only its own samples are read: as many of the file's as it is long. */
const partOf = ({ from }: Read, of: KnownFile, seconds: number | undefined): KnownFile => {
  if (!('slice' in from) || !from.slice || !of.seconds || seconds === undefined) return of;
  if (from.slice.from === null && from.slice.to === null) return of;
  const share = Math.min(1, seconds / of.seconds);
  return { ...of, bytes: from.stretches ? of.bytes : of.bytes * share, seconds: of.seconds * share };
};

const workOf = (task: MakeTask | AnalyseTask, known: (read: Read) => KnownFile, factor: number): Prediction => {
  const [first] = task.commands;
  const files = new Map(task.reads.map((read) => [read.file, partOf(read, known(read), first?.progressSeconds)]));
  const bytesRead = [...files.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  const commands = task.commands.map((command) => commandOf(command, task, (file) => files.get(file) ?? unknown));
  const copies = task.kind === 'make' ? task.writes.filter(({ copyOf }) => copyOf !== undefined) : [];
  const copied = copies.reduce((sum, { copyOf }) => sum + (files.get(copyOf ?? '')?.bytes ?? 0), 0);
  const written = task.kind === 'make' ? task.writes.length + (task.series?.length ?? 0) : 0;
  const documents = task.kind === 'make' ? task.writes.filter(({ document }) => document).length : 0;
  const cpu = commands.reduce((sum, each) => sum + each.cpu, 0);
  return {
    seconds: Math.max(0, ...commands.map(({ seconds }) => seconds)),
    cpuSeconds: factor * (cpu + cost.taskCost.task + written * cost.taskCost.file + bytesRead * cost.byteCost),
    memoryBytes: cost.memoryCost.base + Math.max(0, ...commands.map(({ memory }) => memory)),
    bytesRead,
    bytesWritten: Math.round(commands.reduce((sum, { bytes }) => sum + bytes, copied + documents * textBytes)),
  };
};

/** A join writes an index; the samples stay where they are. */
const joinOf = (task: JoinTask, bytesOf: (output: Name) => number, factor: number): Prediction => {
  const pieces = [...task.picture, ...task.sound];
  // All pieces of a film are files of one output.
  const bytes = [...new Set(pieces.map(({ output }) => output))].reduce((sum, output) => sum + bytesOf(output), 0);
  const seconds = task.write.expects.durationSeconds ?? 0;
  return {
    seconds,
    cpuSeconds: factor * (cost.taskCost.task + 0.002 * pieces.length + (0.13 * seconds) / 3600),
    memoryBytes: cost.memoryCost.base,
    bytesRead: Math.round(bytes * 0.01),
    bytesWritten: Math.round(bytes),
  };
};

/** Nothing is computed here: a service is asked about some pictures at once, or works on the sound for a while. */
export const recognitionSeconds = (recognition: Recognition): number =>
  recognition.kind === 'transcript' ? 20 + (recognition.seconds ?? 60) / 5 : 1 + recognition.at.length / 6;

const recognised = ({ reads }: RecogniseTask, bytesOf: (output: Name) => number): Prediction => ({
  seconds: 0,
  cpuSeconds: 0,
  memoryBytes: cost.memoryCost.base,
  bytesRead: [...new Set(reads.map(({ from }) => from.output))].reduce((sum, output) => sum + bytesOf(output), 0),
  bytesWritten: textBytes,
});

/** Every byte is read once, and looked into. */
export const predictFetch = ({ object, generate }: FetchTask, bytes: number, factor = 1): Prediction => {
  const read = object ? bytes : 0;
  const made = generate ? generate.command.progressSeconds * 0.2 : 0;
  return {
    seconds: generate?.command.progressSeconds ?? 0,
    cpuSeconds: factor * (cost.taskCost.task + cost.taskCost.file + read * cost.byteCost + made),
    memoryBytes: cost.memoryCost.base,
    bytesRead: read,
    bytesWritten: generate ? bytes : 0,
  };
};

/** In the order in which tasks come to run, so that what one writes is known to those that read it. */
const inOrder = ({ tasks, stages }: Pick<Plan, 'tasks' | 'stages'>): PlannedTask[] => {
  const ofId = new Map(tasks.map((task) => [task.id, task]));
  return stages.flat().flatMap((id) => ofId.get(id) ?? []);
};

/**
 * Of every task of a plan. `factor` is how much longer this host takes than the calibrated machine, from `speedFactor`.
 */
export const predictPlan = (
  plan: Pick<Plan, 'tasks' | 'stages'>,
  probes: Readonly<Record<Name, Probe>>,
  factor = 1,
): ReadonlyMap<TaskId, Prediction> => {
  const found = new Map<TaskId, Prediction>();
  const made = new Map<string, KnownFile>();
  const bytesOf = new Map<Name, number>();
  const known = ({ from }: Read): KnownFile => {
    // What lies between the pictures comes with them.
    if ('stretch' in from) return unknown;
    if ('output' in from) return made.get(JSON.stringify([from.output, from.file])) ?? unknown;
    const probe = probes[from.input];
    if (!probe) return unknown;
    return from.stretches ? { ...knownOf(probe), bytes: from.stretches.bytes } : knownOf(probe);
  };
  const predicted = (task: PlannedTask): Prediction => {
    if (task.kind === 'join') return joinOf(task, (output) => bytesOf.get(output) ?? 0, factor);
    if (task.kind === 'recognise') return recognised(task, (output) => bytesOf.get(output) ?? 0);
    return workOf(task, known, factor);
  };
  for (const task of inOrder(plan)) {
    const prediction = predicted(task);
    found.set(task.id, prediction);
    const writes: readonly (Pick<TaskWrite, 'output' | 'file'> & { readonly expects?: TaskWrite['expects'] })[] =
      task.kind === 'make' ? task.writes : task.kind === 'analyse' ? [] : [task.write];
    for (const { output, file, expects } of writes) {
      const share = prediction.bytesWritten / Math.max(1, writes.length);
      bytesOf.set(output, (bytesOf.get(output) ?? 0) + share);
      made.set(JSON.stringify([output, file]), {
        bytes: share,
        seconds: expects?.durationSeconds ?? prediction.seconds,
        codec: expects?.video?.codec ?? null,
        width: expects?.video?.width ?? 0,
        height: expects?.video?.height ?? 0,
        fps: usualFps,
      });
    }
  }
  return found;
};

/** One day's measurements of finished tasks: CPU seconds as they were, and as they had been predicted with a factor of 1. */
export type SpeedDay = { readonly ageDays: number; readonly measured: number; readonly predicted: number };

/** The table counts as so many CPU seconds of measurements. */
const priorSeconds = 60;
const halfLifeDays = 7;

/** How much longer this host takes than the calibrated machine: measurements weigh half as much after each week. */
export const speedFactor = (days: readonly SpeedDay[]): number => {
  const weighed = days.map((day) => ({ ...day, weight: 0.5 ** (Math.max(0, day.ageDays) / halfLifeDays) }));
  const sum = (pick: (day: SpeedDay) => number): number =>
    weighed.reduce((total, day) => total + day.weight * pick(day), priorSeconds);
  return Math.min(10, Math.max(0.1, sum(({ measured }) => measured) / sum(({ predicted }) => predicted)));
};
