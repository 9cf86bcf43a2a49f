/** Measures what a task wrote and refuses to go on with anything that is not as planned. */
import { Failure, hasCode } from '../failures.ts';
import { parseProbe } from '../ffmpeg/ffprobe.ts';
import { fileArgument } from '../ffmpeg/hardened.ts';
import { checkOutput, needsProbe, type Verdict } from '../job/output-check.ts';
import type { Command, MakeTask } from '../job/plan.ts';
import type { Attestation } from '../job/task-result.ts';
import type { TaskWrite } from '../job/task-write.ts';
import type { Name } from '../job/values.ts';
import { probeOfPiece } from '../media/mp4/piece-probe.ts';
import { readSampleTable } from '../media/mp4/sample-table.ts';
import type { Probe } from '../media/probe.ts';
import { probeOfRendition, readRendition } from '../media/rendition.ts';
import type { MediaRun } from '../ports/media-tools.ts';
import type { Folder } from '../ports/workspace.ts';
import type { RunTaskDeps, TaskRun } from './task-run.ts';

export interface CheckedWrite {
  readonly write: TaskWrite;
  readonly bytes: number;
  readonly sha256: string;
  readonly warnings: readonly string[];
  /** Undefined for files that FFmpeg had no part in. */
  readonly attestation: Attestation | undefined;
}

interface Made {
  readonly run: TaskRun<MakeTask>;
  readonly folder: Folder;
  readonly runs: readonly MediaRun[];
  /** How long the last picture of any of the sources stands. */
  readonly lastFrameSeconds: number;
}

/** The argument that names a file, or the pattern that a series of files is counted by. */
const namesFile = (argument: string, file: string): boolean => {
  const [before, after] = argument.split(/%0?\d*d/);
  return after === undefined
    ? argument === fileArgument(file)
    : fileArgument(file).startsWith(before ?? '') && file.endsWith(after);
};

type CommandsFor = (write: TaskWrite) => readonly Command[];

/**
 * Those that name the file, and those that name none of the written files: they make what the others read. A task may
 * have hundreds of both, so the arguments that name files are looked for once.
 */
const commandsIn = ({ commands, writes }: MakeTask): CommandsFor => {
  const named = commands.map((command) => ({
    command,
    files: command.arguments.filter((argument) => argument.startsWith(fileArgument(''))),
  }));
  const names = (files: readonly string[], file: string): boolean => files.some((each) => namesFile(each, file));
  const others = new Set(named.filter(({ files }) => !writes.some(({ file }) => names(files, file))));
  return (write) => {
    if (write.document !== undefined || write.copyOf !== undefined) return [];
    return named.filter((each) => others.has(each) || names(each.files, write.file)).map(({ command }) => command);
  };
};

/**
 * Of a piece with a table of its samples, which is read once more: FFmpeg itself looks at the film that it becomes a part of.
 * Undefined of all other files, and where our reader does not know what is in it.
 */
const readPiece = async ({ run, folder }: Pick<Made, 'run' | 'folder'>, file: string): Promise<Probe | undefined> => {
  const isPiece = run.task.writes.some(({ document }) => document?.kind === 'sample-table' && document.of === file);
  if (!isPiece) return undefined;
  const bytes = (await folder.list()).find((each) => each.file === file)?.bytes ?? 0;
  const read = (start: number, end: number): Promise<Uint8Array> => folder.bytes(file, start, end - start);
  return probeOfPiece(file, await readSampleTable({ bytes, read }));
};

/** Undefined where the file is not there or cannot be read back: then the check fails. */
const readBack = async (
  deps: RunTaskDeps,
  { run, folder }: Made,
  { file, rendition }: TaskWrite,
): Promise<Probe | undefined> => {
  // FFmpeg would open the segments that a playlist names, and our flags keep it from opening playlists.
  if (rendition !== undefined) return probeOfRendition(await readRendition(folder, rendition));
  const piece = await readPiece({ run, folder }, file);
  if (piece) return piece;
  try {
    return parseProbe(await deps.media.probe({ folder: folder.path, file }, run.signal));
  } catch (error) {
    if (hasCode(error, 'input.not_media') || hasCode(error, 'input.corrupt')) return undefined;
    throw error;
  }
};

/** A piece is no output of the job: its task says of what it is one. */
const aboutOf = ({ cut, label }: MakeTask, { output }: TaskWrite): { readonly what: string; readonly output: Name } => {
  const [film] = cut ?? [];
  return film === undefined || cut?.includes(output) ? { what: output, output } : { what: label, output: film };
};

const refusal = (
  { run, runs }: Made,
  write: TaskWrite,
  { verdict, decodeErrors }: { readonly verdict: Verdict; readonly decodeErrors: number },
): Failure => {
  const { what, output } = aboutOf(run.task, write);
  const facts = {
    detail: `${what}: ${verdict.violations.join('; ')}.`,
    output,
    phase: 'checking',
    stderrTail: runs
      .map(({ stderrTail }) => stderrTail)
      .join('\n')
      .trim()
      .slice(-8192),
  };
  if (verdict.noise) {
    return new Failure('input.corrupt', {
      ...facts,
      hint: 'The source is encrypted or damaged: play it on your machine.',
    });
  }
  if (verdict.short && decodeErrors > 0) {
    const hint = 'The source ends before it says it does: upload it again, or set `end` before the damage.';
    return new Failure('input.corrupt', { ...facts, hint });
  }
  return new Failure('encode.verify_failed', facts);
};

/**
 * A slice may begin in the middle of an open group: of the pictures that refer to what came before it, decoders complain
 * in a few lines, and none of them is in the piece.
 */
const linesOfOpenGroup = 24;

const expectedLines = ({ reads }: MakeTask): number =>
  linesOfOpenGroup * reads.filter(({ from }) => 'slice' in from && from.slice !== undefined).length;

const checkWrite = async (
  deps: RunTaskDeps,
  made: Made,
  write: TaskWrite,
  commandsFor: CommandsFor,
): Promise<CheckedWrite> => {
  const { task } = made.run;
  const commands = commandsFor(write);
  const runs = made.runs.filter((_, n) => commands.some((command) => command === task.commands[n]));
  const decodeErrors = Math.max(0, runs.reduce((sum, { errorLines }) => sum + errorLines, 0) - expectedLines(task));
  const measured = await made.folder.measure(write.file);
  const isMedia = measured && measured.bytes > 0 && needsProbe(write.expects);
  const probe = isMedia ? await readBack(deps, made, write) : undefined;
  const verdict = checkOutput(write.expects, {
    bytes: measured?.bytes ?? 0,
    maxBytes: commands.length > 0 ? task.limits.outputBytes : undefined,
    probe,
    decodeErrors,
    sourceLastFrameSeconds: made.lastFrameSeconds,
  });
  if (!measured || verdict.violations.length > 0) throw refusal({ ...made, runs }, write, { verdict, decodeErrors });
  const engine = commands.length > 0 ? (await deps.media.engine()).version : undefined;
  return {
    write,
    ...measured,
    warnings: verdict.warnings,
    attestation: engine === undefined ? undefined : attest(engine, commands, { ...measured, probe, decodeErrors }),
  };
};

const attest = (
  engine: string,
  commands: readonly Command[],
  { bytes, probe, decodeErrors }: { bytes: number; probe: Probe | undefined; decodeErrors: number },
): Attestation => {
  const [video, audio] = [probe?.video[0], probe?.audio[0]];
  return {
    engine,
    commands: commands.map((command) => command.arguments),
    checks: {
      exit: 0,
      bytes,
      durationSeconds: probe?.durationSeconds ?? null,
      frames: video?.frames ?? null,
      video: video ? `${video.codec} ${video.codedWidth}x${video.codedHeight}` : null,
      audio: audio ? `${audio.codec} ${audio.channels} channels` : null,
      decodeErrors,
    },
  };
};

/** The files of every series that the commands wrote. */
const expanded = async ({ run: { task }, folder }: Made): Promise<readonly TaskWrite[]> => {
  const found = await folder.list();
  return (task.series ?? []).flatMap(({ output, prefix, suffix, contentType, expects, least, most }) => {
    const files = found
      .map(({ file }) => file)
      .filter((file) => file.startsWith(prefix) && file.endsWith(suffix))
      .filter((file) => /^\d+$/.test(file.slice(prefix.length, file.length - suffix.length)));
    if (files.length < least || files.length > most) {
      throw new Failure('encode.verify_failed', {
        detail: `${output}: FFmpeg wrote ${files.length} files; ${least === most ? least : `${least} to ${most}`} were expected.`,
        output,
        phase: 'checking',
      });
    }
    return files.toSorted().map((file) => ({ output, file, contentType, expects }));
  });
};

/** Every file that the task writes, checked. Fails with `encode.verify_failed`, or `input.corrupt` where the source is at fault. */
export const checkWrites = async (deps: RunTaskDeps, made: Made): Promise<readonly CheckedWrite[]> => {
  const checked: CheckedWrite[] = [];
  const writes = [...made.run.task.writes, ...(await expanded(made))];
  const commandsFor = commandsIn(made.run.task);
  for (const write of writes) checked.push(await checkWrite(deps, made, write, commandsFor));
  return checked;
};
