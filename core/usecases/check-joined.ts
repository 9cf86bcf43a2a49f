/** Looks at a joined file as a stranger would: its header is read back, FFmpeg reads it too, and decodes what lies at joins. */
import { Failure, hasCode } from '../failures.ts';
import { fileArgument, inputFlags, quietFlags } from '../ffmpeg/hardened.ts';
import { checkOutput } from '../job/output-check.ts';
import type { JoinTask } from '../job/plan.ts';
import type { Attestation } from '../job/task-result.ts';
import { checkJoined, joinSlice, type JoinSlice, readJoined } from '../media/mp4/check-join.ts';
import type { Joined, JoinPieces } from '../media/mp4/join.ts';
import type { Probe } from '../media/probe.ts';
import type { ObjectInfo } from '../ports/object-store.ts';
import type { Folder } from '../ports/workspace.ts';
import { lookInto } from './look-into.ts';
import { readSlices } from './read-slices.ts';
import type { RunTaskDeps, TaskRun } from './task-run.ts';

/** Of more joins than that, so many are looked at. */
const mostJoins = 20;

interface Written {
  readonly object: ObjectInfo;
  readonly joined: Joined;
  readonly pieces: JoinPieces;
}

const refused = ({ output }: JoinTask['write'], problems: readonly string[]): Failure =>
  new Failure('encode.verify_failed', { detail: `${output}: ${problems.join('; ')}.`, output, phase: 'checking' });

/** What FFmpeg says of it. It may be larger than any input. */
const probed = async (deps: RunTaskDeps, { key, etag, bytes }: ObjectInfo, signal: AbortSignal): Promise<Probe> => {
  const limits = { ...deps.limits, maxBytes: Infinity, maxSeconds: Infinity, wholeBytes: 0 };
  try {
    return (await lookInto({ ...deps, limits }, { key, etag, bytes }, { signal })).probe;
  } catch (error) {
    // What would be said of an input is said of what we made.
    if (!hasCode(error, 'input.corrupt') && !hasCode(error, 'input.not_media')) throw error;
    throw new Failure('encode.verify_failed', { ...error.facts, detail: error.message }, { cause: error });
  }
};

/** How many joins were looked at. Fails with `encode.verify_failed` where pictures do not decode. */
const decodeJoins = async (
  deps: RunTaskDeps,
  { task, signal, report }: TaskRun<JoinTask>,
  folder: Folder,
  { object, slice }: { readonly object: ObjectInfo; readonly slice: JoinSlice },
): Promise<number> => {
  const file = 'joins';
  await readSlices(deps.objects, folder, [{ file, object, slice }], signal);
  const words = [...quietFlags, ...inputFlags(), '-i', fileArgument(file), '-map', '0:v:0', '-f', 'null', '-'];
  const command = { arguments: words, progressSeconds: 1 };
  const run = await deps.media.run(command, { folder: folder.path, limits: task.limits, signal });
  signal.throwIfAborted();
  report.spend(run.cpuSeconds);
  if (run.exitCode === 0 && run.errorLines === 0) return slice.joins;
  const { output } = task.write;
  const detail = `${output}: its first pictures, or those behind a join, do not decode.`;
  throw new Failure('encode.verify_failed', { detail, output, phase: 'checking', stderrTail: run.stderrTail });
};

/** Fails with `encode.verify_failed` where anything is not as the pieces and the plan say. */
export const checkJoin = async (
  deps: RunTaskDeps,
  run: TaskRun<JoinTask>,
  folder: Folder,
  written: Written,
): Promise<{ readonly checks: Attestation['checks']; readonly warnings: readonly string[] }> => {
  const { task, signal } = run;
  const { object, joined, pieces } = written;
  const head = readJoined(await deps.objects.readRange(object, { start: 0, end: joined.head.length }, signal));
  const check = checkJoined(head, pieces);
  const probe = await probed(deps, object, signal);
  const verdict = checkOutput(task.write.expects, { bytes: object.bytes, probe, decodeErrors: 0 });
  const problems = [...check.problems, ...verdict.violations];
  if (object.bytes !== joined.bytes) problems.push(`it has ${object.bytes} bytes instead of ${joined.bytes}`);
  if (problems.length > 0 || !check.timesEqual) throw refused(task.write, problems);
  const slice = joinSlice(head, pieces, mostJoins);
  const joinsDecoded = await decodeJoins(deps, run, folder, { object, slice });
  const [video, audio] = [probe.video[0], probe.audio[0]];
  return {
    warnings: verdict.warnings,
    checks: {
      exit: 0,
      bytes: object.bytes,
      durationSeconds: check.durationSeconds,
      frames: check.frames,
      video: video ? `${video.codec} ${video.codedWidth}x${video.codedHeight}` : null,
      audio: audio ? `${audio.codec} ${audio.channels} channels` : null,
      decodeErrors: 0,
      join: {
        pieces: pieces.picture.length + pieces.sound.length,
        timesEqual: check.timesEqual,
        soundOffsetSeconds: check.soundOffsetSeconds,
        joinsDecoded,
      },
    },
  };
};
