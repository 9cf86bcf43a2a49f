import { Failure } from '../failures.ts';
import { parseProbe } from '../ffmpeg/ffprobe.ts';
import { claimedKey } from '../job/keys.ts';
import type { FetchTask, PinnedObject, TaskResult } from '../job/plan.ts';
import { admit, admitBytes } from '../media/admission.ts';
import type { Probe } from '../media/probe.ts';
import type { Folder } from '../ports/workspace.ts';
import { runCommands } from './run-commands.ts';
import type { RunTaskDeps, TaskRun } from './task-run.ts';

const source = 'source';
/** What a made input may need before it exists. */
const generatedBytes = 512 * 2 ** 20;

type Fetched = { readonly object: PinnedObject; readonly sha256: string; readonly probe: Probe };
type Work = { readonly folder: Folder; readonly run: TaskRun<FetchTask> };

/**
 * Brings one input into reach: looks at every byte of it, refuses what may not enter (`input.*`), and resolves to what
 * plans are made from. The pinned object itself stays where it is.
 */
export const runFetchTask = async (deps: RunTaskDeps, run: TaskRun<FetchTask>): Promise<TaskResult> => {
  const { object, generate } = run.task;
  if (object) admitBytes(object.bytes, deps.limits);
  return deps.workspace.use(object?.bytes ?? generatedBytes, async (folder) => {
    const work = { folder, run };
    const input = object ? await fetched(deps, work, object) : await generated(deps, work, generate);
    return { input, warnings: [], timings: run.report.timings(), stderrTail: '' };
  });
};

const fetched = async (deps: RunTaskDeps, { folder, run }: Work, object: PinnedObject): Promise<Fetched> => {
  const { report, signal } = run;
  const { bytes, sha256 } = await report.during('downloading', 'download', () =>
    deps.objects.download(object, folder.at(source), signal),
  );
  if (bytes !== object.bytes) throw new Failure('input.changed');
  if (object.sha256 !== undefined && object.sha256 !== sha256) {
    throw new Failure('input.corrupt', { detail: 'It is not the file that was announced: its sha256 is another one.' });
  }
  report.advance(0.5);
  return { object, sha256, probe: await admitted(deps, { folder, run }, source) };
};

const generated = async (
  deps: RunTaskDeps,
  { folder, run }: Work,
  generate: FetchTask['generate'],
): Promise<Fetched> => {
  if (!generate) throw new TypeError('a fetch task has an object or a command: prepare makes no other');
  const { report, signal, claim, owner, task, crashedBefore } = run;
  const how = { folder: folder.path, limits: task.limits, report, signal, crashedBefore, share: 0.5 };
  await report.during('encoding', 'encode', () => runCommands(deps.media, [generate.command], how));
  const measured = await folder.measure(generate.file);
  if (!measured) throw new Failure('encode.verify_failed', { arguments: generate.command.arguments });
  const probe = await admitted(deps, { folder, run }, generate.file);
  const key = claimedKey('work', owner, claim, generate.file);
  const { etag, bytes } = await report.during('uploading', 'upload', () =>
    deps.objects.upload(folder.at(generate.file), key, { contentType: generate.contentType, signal }),
  );
  return { object: { key, etag, bytes }, sha256: measured.sha256, probe };
};

const admitted = ({ media, limits }: RunTaskDeps, { folder, run }: Work, file: string): Promise<Probe> =>
  run.report.during('checking', 'probe', async () =>
    admit(parseProbe(await media.probe({ folder: folder.path, file }, run.signal)), limits),
  );
