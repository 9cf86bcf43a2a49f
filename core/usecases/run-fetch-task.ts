import { Failure } from '../failures.ts';
import { parseProbe } from '../ffmpeg/ffprobe.ts';
import { claimedKey, mediaIdOf } from '../job/keys.ts';
import type { PinnedObject } from '../job/pinned-object.ts';
import type { FetchTask, TaskId } from '../job/plan.ts';
import type { TaskResult } from '../job/task-result.ts';
import type { TaskRecord } from '../job/state.ts';
import { admit } from '../media/admission.ts';
import type { Probe } from '../media/probe.ts';
import type { SourceIndex } from '../media/source-index.ts';
import type { Folder } from '../ports/workspace.ts';
import { writeTexts } from './gather.ts';
import { type Indexed, indexOf, lookInto } from './look-into.ts';
import type { FetchedInput } from './read-index.ts';
import { runCommands } from './run-commands.ts';
import type { RunTaskDeps, TaskRun } from './task-run.ts';

/** What a made input may need before it exists. */
const generatedBytes = 512 * 2 ** 20;

type Fetched = FetchedInput;
type Work = { readonly folder: Folder; readonly run: TaskRun<FetchTask> };

/**
 * Brings one input into reach: looks into it, refuses what may not enter (`input.*`), and resolves to what plans are made
 * from, an index included where it can be cut. The pinned object itself stays where it is.
 */
export const runFetchTask = async (deps: RunTaskDeps, run: TaskRun<FetchTask>): Promise<TaskResult> => {
  const { generate, missing } = run.task;
  if (missing !== undefined) throw new Failure('input.not_found', { detail: missing });
  const object = await objectOf(deps, run);
  const input = object
    ? await fetched(deps, run, object)
    : await deps.workspace.use(generatedBytes, (folder) => generated(deps, { folder, run }, generate));
  return { input, warnings: [], timings: run.report.timings(), stderrTail: '' };
};

const objectOf = async (
  { jobs }: RunTaskDeps,
  { task, claim }: TaskRun<FetchTask>,
): Promise<PinnedObject | undefined> =>
  task.imported === undefined
    ? task.object
    : importedObject(await jobs.task(claim.jobId, task.imported), task.imported);

/** An import that failed was tried often enough: its failure is passed on as one that is not tried again. */
const importedObject = (record: TaskRecord | undefined, id: TaskId): PinnedObject => {
  const object = record?.state === 'succeeded' ? record.result?.imported?.object : undefined;
  if (object) return object;
  throw new Failure('input.not_found', { detail: record?.error?.message ?? `The task ${id} has not ended.` });
};

const fetched = async (deps: RunTaskDeps, run: TaskRun<FetchTask>, object: PinnedObject): Promise<Fetched> => {
  const { report, signal } = run;
  const { probe, sha256, indexed } = await lookInto(deps, object, { signal, during: report.during });
  report.advance(0.5);
  await tellLibrary(deps, object, probe);
  return { object, sha256, probe, ...(await keptIndex(deps, run, indexed)) };
};

/** Stored as work of this claim: the rows, and the index that says where they lie. */
const keptIndex = async (
  { objects }: RunTaskDeps,
  { owner, claim, report }: TaskRun<FetchTask>,
  indexed: Indexed | undefined,
): Promise<Pick<Fetched, 'index'>> => {
  if (!indexed) return {};
  return report.during('uploading', 'upload', async () => {
    const rowsKey = claimedKey('work', owner, claim, 'rows');
    const rows = await objects.write(rowsKey, indexed.rows, { contentType: 'application/octet-stream' });
    const index: SourceIndex = { ...indexed.index, rows: { key: rowsKey, bytes: rows.bytes } };
    const key = claimedKey('work', owner, claim, 'index.json');
    const { bytes } = await objects.write(key, JSON.stringify(index), { contentType: 'application/json' });
    return { index: { key, bytes } };
  });
};

/** Where the object is an item of the library, people see there what is in it. Best effort: no job depends on it. */
const tellLibrary = async ({ library, log }: RunTaskDeps, { key }: PinnedObject, probe: Probe): Promise<void> => {
  const id = mediaIdOf(key);
  if (id === undefined) return;
  try {
    const media = await library.get(id);
    if (media?.probe === null) await library.update({ ...media, probe });
  } catch (error) {
    log.info('probe not kept in the library', { media: id, error: String(error) });
  }
};

const generated = async (
  deps: RunTaskDeps,
  { folder, run }: Work,
  generate: FetchTask['generate'],
): Promise<Fetched> => {
  if (!generate) throw new TypeError('a fetch task has an object, an import or a command: prepare makes no other');
  const { report, signal, claim, owner, task, crashedBefore } = run;
  const how = { folder: folder.path, limits: task.limits, report, signal, crashedBefore, share: 0.5 };
  await writeTexts(folder, generate.texts ?? []);
  await report.during('encoding', 'encode', () => runCommands(deps.media, [generate.command], how));
  const measured = await folder.measure(generate.file);
  if (!measured) throw new Failure('encode.verify_failed', { arguments: generate.command.arguments });
  const probe = await admitted(deps, { folder, run }, generate.file);
  const key = claimedKey('work', owner, claim, generate.file);
  const { etag, bytes } = await report.during('uploading', 'upload', () =>
    deps.objects.upload(folder.at(generate.file), key, { contentType: generate.contentType, signal }),
  );
  const indexed = await indexOf(folder, { file: generate.file, bytes }, probe);
  return { object: { key, etag, bytes }, sha256: measured.sha256, probe, ...(await keptIndex(deps, run, indexed)) };
};

const admitted = ({ media, limits }: RunTaskDeps, { folder, run }: Work, file: string): Promise<Probe> =>
  run.report.during('checking', 'probe', async () =>
    admit(parseProbe(await media.probe({ folder: folder.path, file }, run.signal)), limits),
  );
