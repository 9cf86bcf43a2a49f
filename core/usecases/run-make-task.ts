import { Failure } from '../failures.ts';
import { claimedKey } from '../job/keys.ts';
import type { MakeTask } from '../job/plan.ts';
import type { Attestation, OutputFile, TaskResult } from '../job/task-result.ts';
import type { JobRecord } from '../job/state.ts';
import type { Folder } from '../ports/workspace.ts';
import { type CheckedWrite, checkWrites } from './check-writes.ts';
import { gather, writeTexts } from './gather.ts';
import { runCommands } from './run-commands.ts';
import { bytesOf, type TaskRead, taskReads } from './task-reads.ts';
import type { RunTaskDeps, TaskRun } from './task-run.ts';

/** Of the whole progress, the part that FFmpeg is. */
const encodingShare = 0.95;
const stderrBytes = 8192;

/** Space that must be free at the start: what is read, and as much again for what is written. */
const neededBytes = (reads: readonly TaskRead[]): number => 2 * bytesOf(reads);

/**
 * Makes, checks and stores every file of the task. Nothing that it stores is visible: the result lists it, and only
 * the job's terminal write shows it (S9). Fails with what `runCommands` and `checkWrites` fail with, `limit.storage`,
 * and `input.changed` where a file that it reads is not the one that was planned with.
 */
export const runMakeTask = async (
  deps: RunTaskDeps,
  job: Pick<JobRecord, 'plan'>,
  run: TaskRun<MakeTask>,
): Promise<TaskResult> => {
  const { task, report, signal, crashedBefore } = run;
  const reads = await taskReads(deps, job, run);
  return deps.workspace.use(neededBytes(reads), async (folder) => {
    await report.during('downloading', 'download', () => gather(deps, run, folder, reads));
    for (const { file, copyOf } of task.writes) if (copyOf !== undefined) await folder.copy(copyOf, file);
    const how = { folder: folder.path, limits: task.limits, report, signal, crashedBefore, share: encodingShare };
    const runs = await report.during('encoding', 'encode', () => runCommands(deps.media, task.commands, how));
    const lastFrames = reads.flatMap(({ probe }) => probe?.video.map((stream) => stream.lastFrameSeconds ?? 0) ?? []);
    const made = { run, folder, runs, lastFrameSeconds: Math.max(0, ...lastFrames) };
    const checked = await report.during('checking', 'verify', async () => {
      await writeTexts(folder, task.writes);
      return checkWrites(deps, made);
    });
    const files = await report.during('uploading', 'upload', () => store(deps, run, folder, checked));
    return {
      outputs: byOutput(checked, files),
      warnings: [...new Set(checked.flatMap(({ warnings }) => warnings))],
      timings: report.timings(),
      stderrTail: runs
        .map(({ stderrTail }) => stderrTail)
        .join('\n')
        .trim()
        .slice(-stderrBytes),
    };
  });
};

const store = async (
  { objects }: RunTaskDeps,
  { claim, owner, signal }: TaskRun,
  folder: Folder,
  checked: readonly CheckedWrite[],
): Promise<readonly OutputFile[]> => {
  const files: OutputFile[] = [];
  for (const { write, bytes, sha256 } of checked) {
    const key = claimedKey('outputs', owner, claim, write.file);
    const stored = await objects.upload(folder.at(write.file), key, { contentType: write.contentType, signal });
    if (stored.bytes !== bytes) throw new Failure('platform.internal', { detail: 'An output was not stored whole.' });
    files.push({ name: write.file, key, etag: stored.etag, bytes, type: write.contentType, sha256 });
  }
  return files;
};

/** An output of many files is attested by the first one that FFmpeg had part in. */
const byOutput = (
  checked: readonly CheckedWrite[],
  files: readonly OutputFile[],
): Record<string, { files: OutputFile[]; attestation?: Attestation }> => {
  const outputs: Record<string, { files: OutputFile[]; attestation?: Attestation }> = {};
  for (const [n, { write, attestation }] of checked.entries()) {
    const file = files[n];
    if (!file) continue;
    const output = (outputs[write.output] ??= { files: [] });
    if (attestation) output.attestation ??= attestation;
    output.files.push(file);
  }
  return outputs;
};
