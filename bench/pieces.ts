/** A film through the real runner, in pieces or in one: fetched, planned, made, joined and checked, in stores of this machine. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ffmpegMediaTools } from '#adapters/ffmpeg/media-tools.ts';
import { filesystemObjectStore } from '#adapters/filesystem/object-store.ts';
import { memoryJobStore } from '#adapters/memory/job-store.ts';
import { signedUrls } from '#adapters/filesystem/signed-urls.ts';
import type { Plan, TaskId } from '#core/job/plan.ts';
import type { Attestation, Measured, OutputFile, TaskResult } from '#core/job/task-result.ts';
import type { Probe } from '#core/media/probe.ts';
import type { SourceIndex } from '#core/media/source-index.ts';
import type { Capacity } from '#core/planner/capacity.ts';
import type { TaskRecord } from '#core/job/state.ts';
import type { JobStore } from '#core/ports/job-store.ts';
import type { ObjectStore } from '#core/ports/object-store.ts';
import { readIndex } from '#core/usecases/read-index.ts';
import { aJob } from '#test/support/records.ts';
import { indexOf } from '#test/support/slices.ts';
import { planOf } from '#test/support/plans.ts';
import { runnerLimits, sourceKey, startRunner, type TestRunner } from '#test/support/runner.ts';
import { type Cost, costOf, ffmpegPath, ffprobePath } from './measure.ts';

export interface OpenFilm {
  readonly runner: TestRunner;
  readonly probe: Probe;
  /** Of a film that may be cut. */
  readonly index: SourceIndex | undefined;
  /** Fetching: the header read, the index made and kept. */
  readonly fetching: Cost;
  /** Bytes of the film that were read so far, its header included. */
  readonly sourceRead: () => number;
  /** CPU seconds that the store took so far to put pieces together. */
  readonly composeCpu: () => number;
  /** As if the task had run and left this. */
  readonly pretend: (id: TaskId, result: TaskResult) => void;
  /** Resolves to a path to the bytes of a file that was made. */
  readonly save: (file: OutputFile) => Promise<string>;
  readonly close: () => Promise<void>;
}

type Kept = NonNullable<TaskResult['input']>['index'];

type BenchJobs = JobStore & { index: Kept; readonly pretended: Map<TaskId, TaskResult> };

/**
 * A runner keeps no index of what is too short to be worth cutting; here it is cut all the same. Tasks may be pretended
 * to have run.
 */
const benchJobs = (): BenchJobs => {
  const store = memoryJobStore([aJob({ status: 'running', attempt: 1 })]);
  const seen = (record: TaskRecord): TaskRecord => {
    const pretended = jobs.pretended.get(record.id);
    if (pretended) return { ...record, state: 'succeeded', result: pretended };
    const { result } = record;
    if (!result?.input || result.input.index || !jobs.index) return record;
    return { ...record, result: { ...result, input: { ...result.input, index: jobs.index } } };
  };
  const jobs: BenchJobs = {
    ...store,
    index: undefined,
    pretended: new Map(),
    task: async (...words) => {
      const record = await store.task(...words);
      return record && seen(record);
    },
    tasks: async (...words) => (await store.tasks(...words)).map(seen),
  };
  return jobs;
};

const keptIndex = async (objects: ObjectStore, file: string): Promise<Kept> => {
  const found = await indexOf(file);
  if (!found) return undefined;
  const rows = { key: 'work/rows', bytes: found.rows.length };
  const options = { contentType: 'application/octet-stream' };
  await objects.write(rows.key, found.rows, options);
  const { key, bytes } = await objects.write('work/index', JSON.stringify({ ...found.index, rows }), options);
  return { key, bytes };
};

type Watched = { readonly objects: ObjectStore } & Pick<OpenFilm, 'sourceRead' | 'composeCpu'>;

/** The store, how much of the film was read through it, and what composing took. */
const watched = (objects: ObjectStore): Watched => {
  let [read, composing] = [0, 0];
  const count = (key: string, bytes: number): void => {
    if (key === sourceKey) read += bytes;
  };
  return {
    sourceRead: () => read,
    composeCpu: () => composing,
    objects: {
      ...objects,
      readRange: async (object, range, signal) => {
        const bytes = await objects.readRange(object, range, signal);
        count(object.key, bytes.length);
        return bytes;
      },
      download: async (object, file, signal) => {
        const got = await objects.download(object, file, signal);
        count(object.key, got.bytes);
        return got;
      },
      compose: async (...words) => {
        const before = process.cpuUsage();
        const composed = await objects.compose(...words);
        const { user, system } = process.cpuUsage(before);
        composing += (user + system) / 1e6;
        return composed;
      },
    },
  };
};

/** Brings the film to a runner, which reads as little of it as of a large one. */
export const openFilm = async (file: string): Promise<OpenFilm> => {
  const root = await mkdtemp(join(tmpdir(), 'kinoduct-bench-'));
  const urls = signedUrls({ secret: new Uint8Array(32), origin: () => 'http://127.0.0.1' });
  const { objects, sourceRead, composeCpu } = watched(filesystemObjectStore({ root, urls }));
  const jobs = benchJobs();
  const limits = { ...runnerLimits, maxBytes: 2 ** 36, maxSeconds: 40_000, wholeBytes: 0 };
  const runner = await startRunner({ objects, limits, jobs, media: ffmpegMediaTools({ ffmpegPath, ffprobePath }) });
  await runner.upload(file);
  const fetching = await costOf('self', () => runner.run('input-video'));
  const input = (await runner.record('input-video')).result?.input;
  if (!input) throw new Error(`${file} was not admitted`);
  if (!input.index) jobs.index = await keptIndex(objects, file);
  return {
    runner,
    probe: input.probe,
    index: await readIndex(objects, { index: input.index ?? jobs.index }),
    fetching,
    sourceRead,
    composeCpu,
    pretend: (id, result) => void jobs.pretended.set(id, result),
    save: async ({ key, name }) => {
      const path = join(runner.root, `saved-${name}`);
      await objects.download({ key }, path);
      return path;
    },
    close: async () => {
      await runner.close();
      await rm(root, { recursive: true });
    },
  };
};

/** So many workers that every piece is as short as it may be; each has two processors, as the server and functions have it. */
const manyWorkers: Capacity = { kind: 'local', workers: 1000, vcpus: 2000 };

/** The plan of one output `out`; in pieces of no less than so many seconds, or in one. */
export const planFilm = (
  { probe, index }: Pick<OpenFilm, 'probe' | 'index'>,
  output: Record<string, unknown>,
  leastChunkSeconds: number | undefined,
  capacity: Capacity = manyWorkers,
): Plan => {
  const indexes: Record<string, SourceIndex> = index ? { video: index } : {};
  const outputs = { out: output };
  const cutting = { indexes, capacity };
  return leastChunkSeconds === undefined
    ? planOf(outputs, { video: probe })
    : planOf(outputs, { video: probe }, { rest: { optimize: 'speed' }, cutting: { ...cutting, leastChunkSeconds } });
};

export interface MadeFilm {
  readonly plan: Plan;
  readonly file: OutputFile;
  readonly path: string;
  readonly attestation: Attestation;
  readonly cost: Cost;
  /** What each task cost, and what it says of itself, by its id. */
  readonly tasks: Readonly<Record<string, { readonly cost: Cost; readonly measured: Measured | undefined }>>;
}

/** Runs a task and measures it, this process and its FFmpeg together. */
export const runMeasured = async (
  { runner }: OpenFilm,
  id: string,
): Promise<{ readonly cost: Cost; readonly result: TaskResult }> => {
  const cost = await costOf('self', () => runner.run(id));
  const { result, error } = await runner.record(id);
  if (!result) throw new Error(`${id}: ${error?.message ?? 'no result'}`);
  return { cost, result };
};

/** Carries the plan out, task after task. */
export const makeFilm = async (film: OpenFilm, plan: Plan): Promise<MadeFilm> => {
  await film.runner.save(...plan.tasks);
  const tasks: Record<string, { cost: Cost; measured: Measured | undefined }> = {};
  let last: TaskResult | undefined;
  for (const id of plan.stages.flat()) {
    const { cost, result } = await runMeasured(film, id);
    tasks[id] = { cost, measured: result.measured };
    if (result.outputs?.['out']) last = result;
  }
  const made = last?.outputs?.['out'];
  const [file] = made?.files ?? [];
  if (!file || !made?.attestation) throw new Error('nothing was made');
  const sum = (of: keyof Cost): number => Object.values(tasks).reduce((total, { cost }) => total + cost[of], 0);
  const cost = { wallSeconds: sum('wallSeconds'), cpuSeconds: sum('cpuSeconds') };
  return { plan, file, path: await film.save(file), attestation: made.attestation, cost, tasks };
};

export const chunksIn = (plan: Plan): number => plan.tasks.filter(({ id }) => id.startsWith('chunk')).length;
