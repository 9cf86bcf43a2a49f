import { Failure } from '../failures.ts';
import { claimedKey } from '../job/keys.ts';
import type { RecogniseTask } from '../job/plan.ts';
import type { OutputFile, TaskResult } from '../job/task-result.ts';
import type { Recognition, RecognitionOf } from '../job/recognition.ts';
import type { JobRecord } from '../job/state.ts';
import { type Picture, seenIn } from '../media/seen.ts';
import { transcriptText } from '../media/transcript.ts';
import type { ContentAnalysis, SeeLabels } from '../ports/content-analysis.ts';
import type { Folder } from '../ports/workspace.ts';
import { findReads, type FoundRead } from './find-reads.ts';
import { inParallel } from './in-parallel.ts';
import type { TaskRun } from './task-run.ts';
import type { TransferDeps } from './transfer.ts';

/** Pictures that are looked at at the same time: what new accounts are granted in every region. */
const lanes = 4;

type Run = TaskRun<RecogniseTask>;
type Recognised = { readonly text: string; readonly quantity: number };

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

const recogniserOf = <K extends keyof ContentAnalysis>(
  { recognisers }: TransferDeps,
  kind: K,
): NonNullable<ContentAnalysis[K]> => {
  const recogniser = recognisers[kind];
  if (recogniser) return recogniser;
  throw new Failure('spec.unsupported', {
    detail: `This deployment has nothing that makes "${kind}".`,
    hint: 'Deploy with `contentAnalysis=true`; on one machine start it with --content-analysis.',
  });
};

/** Asks about each picture; the answers come in the pictures' order. */
const seenInEach = async (
  { objects }: TransferDeps,
  { report, signal }: Run,
  reads: readonly FoundRead[],
  of: { readonly see: SeeLabels; readonly at: readonly number[]; readonly minConfidence: number },
): Promise<Picture[]> => {
  const pictures = reads.map(({ object }, n) => ({ object, at: of.at[n] ?? 0, labels: [] as Picture['labels'] }));
  let done = 0;
  await inParallel(pictures, lanes, async (picture) => {
    const jpeg = await objects.read(picture.object.key);
    if (!jpeg) throw new Failure('platform.internal', { detail: 'A picture that was made is gone.' });
    picture.labels = await of.see(jpeg, { minConfidence: of.minConfidence }, signal);
    report.advance((done += 1) / pictures.length);
  });
  return pictures;
};

const seconds = (pictures: readonly Picture[]): number[] => pictures.map(({ at }) => at);

const labels = async (
  deps: TransferDeps,
  run: Run,
  reads: readonly FoundRead[],
  { at, minConfidence, max }: RecognitionOf<'labels'>,
): Promise<Recognised> => {
  const see = recogniserOf(deps, 'labels');
  const pictures = await seenInEach(deps, run, reads, { see, at, minConfidence });
  const text = json({ pictures: seconds(pictures), minConfidence, labels: seenIn(pictures, max) });
  return { text, quantity: pictures.length };
};

const moderation = async (
  deps: TransferDeps,
  run: Run,
  reads: readonly FoundRead[],
  { at, threshold }: RecognitionOf<'moderation'>,
): Promise<Recognised> => {
  const see = recogniserOf(deps, 'moderation');
  const pictures = await seenInEach(deps, run, reads, { see, at, minConfidence: threshold });
  const found = seenIn(pictures);
  const text = json({ ok: found.length === 0, threshold, pictures: seconds(pictures), labels: found });
  return { text, quantity: pictures.length };
};

/** The same in every run of the task, so that a service which is still at it is not asked twice. */
const workId = ({ claim, task }: Run): string => `${claim.jobId}-${task.id}`;

const heardAs = 'sound.wav';

const transcript = async (
  deps: TransferDeps,
  run: Run,
  folder: Folder,
  [read]: readonly FoundRead[],
  { language, format, seconds }: RecognitionOf<'transcript'>,
): Promise<Recognised> => {
  const transcribe = recogniserOf(deps, 'transcript');
  if (!read) throw new Failure('platform.internal', { detail: 'There is nothing to listen to.' });
  const fetched = async (): Promise<string> => {
    await deps.objects.download(read.object, folder.at(heardAs), run.signal);
    return folder.at(heardAs);
  };
  const sound = { key: read.object.key, seconds, fetched };
  const { signal, report } = run;
  const heard = await transcribe(sound, { id: workId(run), language }, { signal, onProgress: report.advance });
  return { text: transcriptText(heard, format), quantity: heard.billedSeconds };
};

const recognised = (
  deps: TransferDeps,
  run: Run,
  folder: Folder,
  { reads, recognition }: { readonly reads: readonly FoundRead[]; readonly recognition: Recognition },
): Promise<Recognised> => {
  switch (recognition.kind) {
    case 'labels':
      return labels(deps, run, reads, recognition);
    case 'moderation':
      return moderation(deps, run, reads, recognition);
    case 'transcript':
      return transcript(deps, run, folder, reads, recognition);
  }
};

/**
 * Has pictures or sound of the job recognised, and stores what was found as a file of the output. Nothing that it stores is
 * visible before the job's terminal write shows it. Fails with what the recogniser fails with, with `spec.unsupported`
 * where the deployment has none, and with `limit.storage`.
 */
export const runRecogniseTask = async (
  deps: TransferDeps,
  job: Pick<JobRecord, 'id' | 'plan'>,
  run: Run,
): Promise<TaskResult> => {
  const { task, report, claim, owner, signal } = run;
  const { output, file, contentType } = task.write;
  const reads = findReads(job, task.reads, await deps.jobs.tasks(job.id));
  const bytes = reads.reduce((sum, read) => sum + read.bytes, 0);
  return deps.workspace.use(bytes, async (folder) => {
    const { recognition } = task;
    const { text, quantity } = await report.during('recognising', 'recognise', () =>
      recognised(deps, run, folder, { reads, recognition }),
    );
    await folder.writeText(file, text);
    const measured = await folder.measure(file);
    if (!measured) throw new Failure('platform.internal', { detail: 'What was recognised was not written.' });
    const key = claimedKey('outputs', owner, claim, file);
    const stored = await report.during('uploading', 'upload', () =>
      deps.objects.upload(folder.at(file), key, { contentType, signal }),
    );
    const made: OutputFile = { name: file, key, etag: stored.etag, type: contentType, ...measured };
    return {
      recognised: { kind: recognition.kind, quantity },
      outputs: { [output]: { files: [made] } },
      warnings: [],
      timings: report.timings(),
      stderrTail: '',
    };
  });
};
