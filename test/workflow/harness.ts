/** A whole pipeline in memory: the real state machine, use cases and workflow function; only the runner's work is played. */
import { createHash } from 'node:crypto';
import { BillingConfig, billingOf } from '#core/usecases/billing.ts';
import { Limits } from '#core/usecases/limits.ts';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { manualClock, sequentialIds } from '#adapters/memory/clock.ts';
import { memoryMadeStore } from '#adapters/memory/made-store.ts';
import { memoryJobStore } from '#adapters/memory/job-store.ts';
import { recordingLog } from '#adapters/memory/log.ts';
import { recordingMetrics } from '#adapters/memory/metrics.ts';
import { memoryMediaStore } from '#adapters/memory/media-store.ts';
import { memoryObjectStore } from '#adapters/memory/object-store.ts';
import { memoryUsageStore } from '#adapters/memory/usage-store.ts';
import { memoryUploadStore } from '#adapters/memory/upload-store.ts';
import { memoryWebhookStore } from '#adapters/memory/webhook-store.ts';
import { Failure, toFailure } from '#core/failures.ts';
import { jobError } from '#core/job/job-error.ts';
import { claimedKey } from '#core/job/keys.ts';
import type { MakeTask, Plan, Task } from '#core/job/plan.ts';
import type { OutputFile, TaskResult } from '#core/job/task-result.ts';
import { type Claim, type JobRecord, type TaskRecord, isTerminal } from '#core/job/state.ts';
import { instant } from '#core/ports/clock.ts';
import type { Workflow } from '#core/ports/workflow.ts';
import { createWorkflow, type WorkflowDeps } from '#functions/workflow/app.ts';
import type { Runner } from '#functions/ffmpeg-runner/app.ts';
import { exitCodes, runContainer } from '#functions/ffmpeg-runner/container.ts';
import { type Containers, processJob } from '#statemachines/process-job.ts';
import { aFetchResult, aJob, aResult, aTask, anUpload, mediaId } from '#test/support/records.ts';

export type Json = Readonly<Record<string, unknown>>;

export const definition = (): Json => {
  const file = path.resolve(import.meta.dirname, '../../statemachines/process-job.asl.json');
  // True: the file is an object, and test/workflow/asl.test.ts checks it.
  return JSON.parse(readFileSync(file, 'utf8')) as Json;
};

/** The machine with fields of its states replaced, nested ones too: `{ IntervalSeconds: 0 }` leaves out the pauses. */
export const withFields = (value: unknown, fields: Json): unknown => {
  if (Array.isArray(value)) return value.map((item) => withFields(item, fields));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, key in fields ? fields[key] : withFields(inner, fields)]),
  );
};
export const hurried = (containers: Containers = 'none'): Json =>
  withFields(processJob(definition(), { containers, recognises: true }), { IntervalSeconds: 0 }) as Json; // an object stays one

/** An error as the platform reports it: nobody had a chance to record anything. */
export const platformError = (name: string): Error => Object.assign(new Error(`${name} happened`), { name });

/** What a played runner does with a task: `calls` counts from 1. Returning is success. */
type Play = (task: { id: string; calls: number; signal: AbortSignal }) => Promise<void> | void;

/** Carries out a task as the real functions do: claim, work, record. A `Failure` is recorded, other errors are not. */
const playTasks = (deps: WorkflowDeps, { play = () => undefined, losesAnswersOf = [] }: Stage) => {
  const calls = new Map<string, number>();
  const work = async (payload: unknown, signal: AbortSignal): Promise<unknown> => {
    const { jobId, attempt, taskId } = payload as { jobId: string; attempt: number; taskId: string }; // as the file says
    const count = (calls.get(taskId) ?? 0) + 1;
    calls.set(taskId, count);
    const claim: Claim = { jobId, taskId, attempt, runner: deps.ids.next('run') };
    const now = instant(deps.clock.now());
    // The lease ends at once, so that a task whose runner was lost may be taken again.
    const record = await deps.jobs.claimTask(claim, { now, leaseUntil: instant(deps.clock.now() - 1) });
    if (record.state === 'succeeded') return {};
    try {
      await play({ id: taskId, calls: count, signal });
      if (record.task.kind === 'fetch' && record.task.imported !== undefined) {
        const imported = await deps.jobs.task(jobId, record.task.imported);
        if (imported?.state !== 'succeeded') throw new Failure('input.not_found');
      }
      await deps.jobs.finishTask(claim, { at: now, result: await resultOf(deps, record, claim) });
    } catch (error) {
      if (error instanceof Failure && error.code !== 'conflict.state')
        await deps.jobs.finishTask(claim, { at: now, error: jobError(toFailure(error)) });
      throw error;
    }
    return {};
  };
  const runAny = async (payload: unknown, signal: AbortSignal): Promise<unknown> => {
    const answer = await work(payload, signal);
    if (losesAnswersOf.includes((payload as { taskId: string }).taskId)) throw platformError('Lambda.Unknown'); // as above
    return answer;
  };
  /** A function that does these kinds of tasks and no other. */
  const run =
    (...kinds: readonly Task['kind'][]) =>
    async (payload: unknown, signal: AbortSignal): Promise<unknown> => {
      const { jobId, taskId } = payload as { jobId: string; taskId: string }; // as above
      const record = await deps.jobs.task(jobId, taskId);
      if (record && !kinds.includes(record.task.kind)) throw new TypeError(`${taskId} was given to the wrong function`);
      return runAny(payload, signal);
    };
  return { run, calls };
};

const imported = { media: mediaId(1), object: { key: 'media/ana/m/source', etag: 'e', bytes: 1000 }, reused: false };
const delivered = { url: 'https://example.com/made.mp4', id: null, bytes: 10 };

const resultOf = async (deps: WorkflowDeps, { task }: TaskRecord, claim: Claim): Promise<TaskResult> => {
  const nothing = { warnings: [], timings: {}, stderrTail: '' };
  if (task.kind === 'import') return { ...nothing, imported };
  if (task.kind === 'deliver') return { ...nothing, delivered };
  if (task.kind === 'analyse') return { ...nothing, finding: { kind: 'scenes', cuts: [1] } };
  if (task.kind === 'fetch') return aFetchResult();
  const outputs = await Promise.all(
    (task.kind === 'make' ? task.writes : [task.write]).map(async ({ output, file, contentType }) => {
      const key = claimedKey('outputs', 'ana', claim, file);
      const { bytes } = await deps.objects.write(key, `made by ${claim.runner}`, { contentType });
      const made: OutputFile = { name: file, key, bytes, type: contentType, sha256: 'a'.repeat(64) };
      return [output, { files: [made] }] satisfies [string, { files: OutputFile[] }];
    }),
  );
  return aResult({ outputs: Object.fromEntries(outputs) });
};

/** One task per output, in one stage. */
const taskPerOutput = (names: readonly string[]): Plan => {
  const tasks = names.map((output, n) => makeTask(`encode-${n + 1}`, output));
  return { hash: names.join(), tasks, complete: true, stages: [tasks.map(({ id }) => id)], skipped: {}, warnings: [] };
};

export const makeTask = (id: string, output: string): MakeTask =>
  aTask({ id, writes: [{ output, file: `${id}.mp4`, contentType: 'video/mp4', expects: {} }] });

export type World = WorkflowDeps & {
  readonly log: ReturnType<typeof recordingLog>;
  readonly metrics: ReturnType<typeof recordingMetrics>;
  readonly clock: ReturnType<typeof manualClock>;
  readonly workflowFunction: (payload: unknown) => Promise<unknown>;
  readonly runnerFunction: (payload: unknown, signal: AbortSignal) => Promise<unknown>;
  readonly transferFunction: (payload: unknown, signal: AbortSignal) => Promise<unknown>;
  readonly container: (container: Container, signal: AbortSignal) => Promise<unknown>;
  /** How often the runner and the transfer function were called, by task id. */
  readonly calls: ReadonlyMap<string, number>;
  readonly job: (id?: string) => Promise<JobRecord>;
};

export type Stage = {
  readonly jobs?: readonly JobRecord[];
  /** What an earlier process left behind, in place of `jobs`. */
  readonly stores?: Pick<WorkflowDeps, 'jobs' | 'uploads' | 'objects' | 'ids'>;
  readonly play?: Play;
  readonly plan?: WorkflowDeps['plan'];
  /** Called before each step of the workflow function; what it throws, the step throws. */
  readonly before?: (step: string) => void;
  /** Called with each answer of the workflow function. */
  readonly answered?: (answer: unknown) => void;
  /** Tasks that are done and recorded, after which the function is lost without an answer, every time. */
  readonly losesAnswersOf?: readonly string[];
  readonly billing?: WorkflowDeps['billing'];
  /** Called before a container works: what it throws, ECS tells; the signal that it returns is SIGTERM. */
  readonly starts?: (container: Container) => AbortSignal | undefined;
};

/** What ECS is asked to run. */
export type Container = {
  readonly on: 'FARGATE' | 'FARGATE_SPOT';
  /** What it is told of that. */
  readonly spot: string;
  readonly size: unknown;
  /** The one argument of its command. */
  readonly payload: string;
};

const noWorkflow: Workflow = {
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
  status: () => Promise.resolve('unknown'),
};

/** The functions and stores; `connect` gives them the workflow that runs them. */
export const world = (
  stage: Stage = {},
  connect: (world: Omit<World, 'workflow'>) => Workflow = () => noWorkflow,
): World => {
  const log = recordingLog();
  const metrics = recordingMetrics();
  const clock = manualClock();
  const parts = {
    jobs: stage.stores?.jobs ?? memoryJobStore(stage.jobs ?? [aJob()]),
    uploads:
      stage.stores?.uploads ??
      memoryUploadStore([anUpload({ state: 'complete', object: aFetchResult().input?.object ?? null })]),
    made: memoryMadeStore(),
    usage: memoryUsageStore(),
    build: 'test',
    hash: (text: string) => createHash('sha256').update(text).digest('hex'),
    library: memoryMediaStore(),
    webhooks: memoryWebhookStore(),
    objects: stage.stores?.objects ?? memoryObjectStore({ clock }),
    ids: stage.stores?.ids ?? sequentialIds(),
    plan: stage.plan ?? (({ job }) => taskPerOutput(job.order)),
    billing: stage.billing ?? billingOf(BillingConfig.parse({})),
    limits: Limits.parse({}),
    speechProvider: 'polly' as const,
    privateHosts: [],
    clock,
    log,
    metrics,
  };
  const deps: WorkflowDeps = {
    ...parts,
    workflow: {
      start: (execution) => workflow.start(execution),
      stop: (execution) => workflow.stop(execution),
      status: (execution) => workflow.status(execution),
    },
  };
  const app = createWorkflow(deps);
  const { run, calls } = playTasks(deps, stage);
  const runnerFunction = run('fetch', 'make', 'join', 'analyse');
  const functions = {
    calls,
    runnerFunction,
    /** Of what happens in it only its exit code is seen. */
    container: async (container: Container, stopped: AbortSignal) => {
      const signal = AbortSignal.any([stopped, stage.starts?.(container) ?? new AbortController().signal]);
      const runner: Runner = (payload, options) => runnerFunction(payload, options?.signal ?? signal);
      const code = await runContainer(runner, { payload: container.payload, signal });
      if (code !== exitCodes.ended) throw platformError('States.TaskFailed');
      return {};
    },
    transferFunction: run('import', 'recognise', 'deliver'),
    workflowFunction: async (payload: unknown) => {
      stage.before?.((payload as { step: string }).step); // as the file says
      const answer = await app(payload);
      stage.answered?.(answer);
      return answer;
    },
    job: async (id = aJob().id) => {
      const job = await parts.jobs.get(id);
      if (!job) throw new Error(`there is no job ${id}`);
      return job;
    },
  };
  const workflow: Workflow = connect({ ...parts, ...functions });
  return { ...parts, ...functions, workflow };
};

/** Every output that is listed is there, and nothing else of the job is. */
export const listedAndStored = async (
  { objects }: World,
  job: JobRecord,
): Promise<{ listed: string[]; stored: string[] }> => {
  const stored: string[] = [];
  for await (const { key } of objects.list(`outputs/${job.owner}/${job.id}/`)) stored.push(key);
  const listed = isTerminal(job.status)
    ? Object.values(job.outputs).flatMap(({ files }) => files.map(({ key }) => key))
    : [];
  return { listed: listed.sort(), stored: stored.sort() };
};
