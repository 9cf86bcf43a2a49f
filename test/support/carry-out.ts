/** Carries plans out with real FFmpeg in folders of this machine: the runner's own steps, without stores. */
import { copyFile, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ffmpegMediaTools } from '#adapters/ffmpeg/media-tools.ts';
import { recordingLog } from '#adapters/memory/log.ts';
import { filesystemWorkspace } from '#adapters/filesystem/workspace.ts';
import { analysisNamed } from '#core/analyses/index.ts';
import type { Finding } from '#core/job/findings.ts';
import { isWork, type Plan, type RecogniseTask, type WorkTask } from '#core/job/plan.ts';
import { stretchFile } from '#core/job/slice.ts';
import { transcriptText } from '#core/media/transcript.ts';
import type { MediaRun } from '#core/ports/media-tools.ts';
import { assetFiles } from '#layers/assets/assets.ts';
import type { Folder } from '#core/ports/workspace.ts';
import { type CheckedWrite, checkWrites } from '#core/usecases/check-writes.ts';
import { gather, writeTexts } from '#core/usecases/gather.ts';
import type { TaskRead } from '#core/usecases/task-reads.ts';
import { aClaim } from './records.ts';
import { type Indexed, partsIn, pathStore, sliceIn, stretchIn, writeJoin } from './slices.ts';

export interface CarriedOut {
  /** The plan of the last round. */
  readonly plan: Plan;
  /** The path of an output's first file. */
  readonly file: (output: string) => string;
  /** Names of all files of an output, in their order. */
  readonly files: (output: string) => readonly string[];
  /** Of everything that was made. */
  readonly folder: string;
  readonly checked: readonly CheckedWrite[];
  /** Bytes of sources that were read. */
  readonly bytesRead: number;
}

/**
 * Plans and carries out, again and again until the plan is complete. `sources` tells where an input's file lies. Fails
 * where FFmpeg or the output check does.
 */
export const carryOut = async (
  planned: (findings: Record<string, Finding>) => Plan,
  options: {
    readonly root: string;
    readonly sources: (input: string) => string;
    readonly indexes?: (input: string) => Indexed | undefined;
    /** True where the sources are known to make decoders complain. */
    readonly isNoisy?: boolean;
  },
): Promise<CarriedOut> => {
  const media = ffmpegMediaTools({ ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe' });
  const made = await mkdtemp(join(options.root, 'made-'));
  const workspace = filesystemWorkspace({
    root: options.root,
    assets: assetFiles,
  });
  const findings: Record<string, Finding> = {};
  const done = new Set<string>();
  const checked: CheckedWrite[] = [];
  let bytesRead = 0;
  const log = recordingLog();
  const objects = pathStore((path, bytes) => {
    if (!path.startsWith(made)) bytesRead += bytes;
  });

  /** What a task reads, as the runner would find it. */
  const readsOf = ({ reads }: WorkTask): Promise<TaskRead[]> =>
    Promise.all(
      reads.map(async ({ file, from }): Promise<TaskRead> => {
        const key = 'input' in from ? options.sources(from.input) : join(made, from.file);
        const indexed = 'input' in from ? options.indexes?.(from.input) : undefined;
        const read = { file, object: { key }, bytes: (await stat(key)).size, sha256: null };
        if ('stretch' in from && indexed) return { ...read, slice: stretchIn(indexed, from.stretch) };
        if (!('slice' in from) || !from.slice || !indexed) return read;
        const slice = sliceIn(indexed, from.slice);
        const { stretches } = from;
        const kept =
          stretches &&
          partsIn(indexed, from.slice, slice, stretches).map((part) => {
            const name = stretchFile(stretches.prefix, stretches.first + part.file);
            return { ...part, read: { file: name, object: { key: join(made, name) }, bytes: 0, sha256: null } };
          });
        return { ...read, slice, ...(kept && { kept }) };
      }),
    );
  const gathered = async (task: WorkTask, folder: Folder): Promise<void> =>
    gather(
      { objects, log },
      { task, claim: aClaim(), signal: new AbortController().signal },
      folder,
      await readsOf(task),
    );
  const ran = async (task: WorkTask, folder: Folder): Promise<MediaRun[]> => {
    const runs: MediaRun[] = [];
    for (const command of task.commands) {
      const run = await media.run(command, { folder: folder.path, limits: task.limits });
      // Open groups of a slice begin with pictures that cannot be decoded, and that nobody needs.
      const isSlice = task.reads.some(({ from }) => 'slice' in from && from.slice);
      if (run.endedBy !== 'exit' || run.exitCode !== 0 || (run.errorLines > 0 && !isSlice && !options.isNoisy))
        throw new Error(`ffmpeg ${command.arguments.join(' ')}\n${run.stderrTail}`);
      runs.push(run);
    }
    return runs;
  };
  const finish = async (task: WorkTask, folder: Folder, runs: readonly MediaRun[]): Promise<void> => {
    if (task.kind === 'analyse') {
      const text = (await folder.measure(task.file)) ? await folder.text(task.file, 2 ** 28) : '';
      const seconds = task.commands[0]?.progressSeconds ?? null;
      findings[task.id] = analysisNamed(task.analysis.kind).parse(text, task.analysis, seconds);
      return;
    }
    for (const { file, copyOf } of task.writes) if (copyOf !== undefined) await folder.copy(copyOf, file);
    await writeTexts(folder, task.writes);
    const run = { task, signal: new AbortController().signal } as Parameters<typeof checkWrites>[1]['run']; // all that is read of it
    const written = await checkWrites({ media } as Parameters<typeof checkWrites>[0], {
      // all that is read of it
      run,
      folder,
      runs,
      lastFrameSeconds: 0,
    });
    for (const { write } of written) await copyFile(folder.at(write.file), join(made, write.file));
    checked.push(...written);
  };

  /** Looks whether a service could read what it is given, and plays what it finds: one word, nothing seen. */
  const recognised = async ({ reads, recognition, write }: RecogniseTask): Promise<void> => {
    const magic = recognition.kind === 'transcript' ? Buffer.from('RIFF') : Buffer.from([0xff, 0xd8, 0xff]);
    for (const { from } of reads) {
      const bytes = await readFile(join(made, from.file));
      if (!bytes.subarray(0, magic.length).equals(magic)) throw new Error(`${from.file} is nothing to recognise`);
    }
    const words = [{ text: 'Word.', start: 0.2, end: 0.9, confidence: 1 }];
    const text =
      recognition.kind === 'transcript' ? transcriptText({ language: 'en-US', words }, recognition.format) : '{}';
    await writeFile(join(made, write.file), text);
    const plain = { bytes: text.length, sha256: '', warnings: [], attestation: undefined };
    checked.push({ write: { ...write, expects: {} }, ...plain });
  };

  for (;;) {
    const plan = planned(findings);
    const byId = new Map(plan.tasks.map((task) => [task.id, task]));
    const open = plan.stages.flat().filter((id) => !done.has(id));
    if (open.length === 0) {
      if (!plan.complete) throw new Error('the plan waits for something that nobody looks for');
      const filesOf = (output: string): readonly string[] =>
        checked.filter(({ write }) => write.output === output).map(({ write }) => write.file);
      const joined = new Map(
        plan.tasks.flatMap((task) => (task.kind === 'join' ? [[task.write.output, task.write.file]] : [])),
      );
      const fileOf = (output: string): string => join(made, joined.get(output) ?? filesOf(output)[0] ?? '');
      return { plan, folder: made, checked, bytesRead, files: filesOf, file: fileOf };
    }
    for (const id of open) {
      const task = byId.get(id);
      if (task?.kind === 'join') {
        await writeJoin(made, task);
        done.add(id);
        continue;
      }
      if (task?.kind === 'recognise') {
        await recognised(task);
        done.add(id);
        continue;
      }
      if (!task || !isWork(task)) throw new Error(`${id} is in a stage and no task that FFmpeg does`);
      await workspace.use(1, async (folder) => {
        await gathered(task, folder);
        await finish(task, folder, await ran(task, folder));
      });
      done.add(id);
    }
  }
};
