/** Runs the commands of a task one after another, and says in our words why one of them failed. */
import { Failure } from '../failures.ts';
import type { Command, TaskLimits } from '../job/plan.ts';
import type { MediaRun, MediaTools } from '../ports/media-tools.ts';
import type { TaskReport } from './task-run.ts';

/** What FFmpeg writes when it is the source that cannot be read on. */
const brokenSource =
  /Invalid data found|Cannot determine format of input|[Dd]ecode error rate|Error while decoding|does not contain any stream|Could not find codec parameters/;
/** What FFmpeg writes when its build lacks a part that a plan asks for. */
const missingPart = /(?:Unknown encoder|No such filter:) '([\w-]{1,40})'/;
/** What to do where a part is missing that few builds have. */
const remedies: Readonly<Record<string, string>> = {
  flite:
    'Use a speech service ("provider": "polly" or "elevenlabs"), or an FFmpeg that was built with --enable-libflite.',
};
const full = /No space left on device|Disk quota exceeded/;

export interface CommandsRun {
  readonly folder: string;
  readonly limits: TaskLimits;
  readonly report: TaskReport;
  readonly signal: AbortSignal;
  readonly crashedBefore: boolean;
  /** The part of the whole progress that the commands are. */
  readonly share: number;
}

type Facts = { readonly stderrTail: string; readonly arguments: readonly string[]; readonly phase: 'encoding' };

const crashed = (facts: Facts, before: boolean): Failure =>
  // Only once more: a file that brings FFmpeg down twice will do it again.
  before
    ? new Failure('encode.failed', { ...facts, detail: 'FFmpeg crashed, for the second time.' })
    : new Failure('platform.internal', { ...facts, detail: 'FFmpeg crashed.' });

const exited = (run: MediaRun, facts: Facts): Failure => {
  if (full.test(run.stderrTail)) return new Failure('limit.storage', facts);
  const missing = missingPart.exec(run.stderrTail)?.[1];
  if (missing) {
    const hint = remedies[missing];
    const detail = `This build of FFmpeg has no ${missing}.`;
    return new Failure('spec.unsupported', { ...facts, detail, ...(hint ? { hint } : {}) });
  }
  if (brokenSource.test(run.stderrTail)) {
    return new Failure('input.corrupt', { ...facts, detail: 'Nothing of the source can be decoded.' });
  }
  return new Failure('encode.failed', { ...facts, detail: `FFmpeg ended with exit code ${run.exitCode}.` });
};

const failureOf = (run: MediaRun, command: Command, how: CommandsRun): Failure | undefined => {
  const facts: Facts = { stderrTail: run.stderrTail, arguments: command.arguments, phase: 'encoding' };
  switch (run.endedBy) {
    case 'abort':
      return how.signal.reason instanceof Failure ? how.signal.reason : new Failure('platform.timeout', facts);
    case 'deadline':
      return new Failure('limit.time', {
        ...facts,
        detail: `FFmpeg ran into the limit of ${how.limits.wallSeconds} s.`,
      });
    case 'disk':
      return new Failure('limit.storage', { ...facts, detail: 'FFmpeg wrote more than this task may.' });
    case 'signal':
      return crashed(facts, how.crashedBefore);
    case 'exit':
      return run.exitCode === 0 ? undefined : exited(run, facts);
  }
};

/** Seconds of output that the command has written, when FFmpeg counts that far. */
const written = ({ progressSeconds, progressFrom = 0 }: Command, seconds: number): number =>
  Math.max(0, Math.min(seconds - progressFrom, progressSeconds));

/**
 * Resolves to how each ended, all of them with exit 0. Fails with `input.corrupt`, `encode.failed`, `limit.time`,
 * `limit.storage`, `platform.internal` after a first crash, or with what the signal was aborted with.
 */
export const runCommands = async (
  media: MediaTools,
  commands: readonly Command[],
  how: CommandsRun,
): Promise<readonly MediaRun[]> => {
  const total = commands.reduce((sum, command) => sum + command.progressSeconds, 0);
  const runs: MediaRun[] = [];
  let done = 0;
  for (const command of commands) {
    const onProgress = (seconds: number): void =>
      how.report.advance((how.share * (done + written(command, seconds))) / total);
    const { folder, limits, signal, report } = how;
    const run = await media.run(command, { folder, limits, signal, onProgress, onActivity: report.touch });
    report.spend(run.cpuSeconds);
    const failure = failureOf(run, command, how);
    if (failure) throw failure;
    runs.push(run);
    done += command.progressSeconds;
    report.advance((how.share * done) / total);
  }
  return runs;
};
