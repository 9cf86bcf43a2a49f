/** What one run of a task works with, and how it tells how far it is. */
import type { AdmissionLimits } from '../media/admission.ts';
import type { Task } from '../job/plan.ts';
import type { Claim } from '../job/state.ts';
import type { Clock, Ids } from '../ports/clock.ts';
import type { JobStore } from '../ports/job-store.ts';
import type { Log } from '../ports/log.ts';
import type { MediaStore } from '../ports/media-store.ts';
import type { MediaTools } from '../ports/media-tools.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { Workspace } from '../ports/workspace.ts';
import type { BudgetDeps } from './budget.ts';

export interface RunnerLimits extends AdmissionLimits {
  /** Of an MP4 or MOV input that is larger, only the header and the first pictures are read before it is planned with. */
  readonly wholeBytes: number;
  /** FFmpeg is ended when for so long it has neither written anything nor used any CPU. */
  readonly stallSeconds: number;
}

/** What it takes to hold a task, and its job to what it may cost, where the host can tell. */
export interface HoldTaskDeps extends Omit<BudgetDeps, 'jobs' | 'clock'> {
  readonly jobs: JobStore;
  readonly objects: ObjectStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limits: Pick<RunnerLimits, 'stallSeconds'>;
  /** Of a container: whether it runs on spare capacity. */
  readonly spot?: boolean | undefined;
}

/** What it takes to carry out tasks that need FFmpeg. */
export interface RunTaskDeps extends HoldTaskDeps {
  /** What is seen of an item of it is told to it. */
  readonly library: Pick<MediaStore, 'get' | 'update'>;
  readonly media: MediaTools;
  readonly workspace: Workspace;
  readonly limits: RunnerLimits;
}

export interface TaskRun<T extends Task = Task> {
  readonly task: T;
  readonly owner: string;
  readonly claim: Claim;
  readonly report: TaskReport;
  /** Aborted with a `Failure` when the work must stop. */
  readonly signal: AbortSignal;
  /** True where an earlier run of this task ended in a crash while it was encoding. */
  readonly crashedBefore: boolean;
}

/** As the status of an output shows them. */
export type Phase = 'downloading' | 'encoding' | 'recognising' | 'joining' | 'checking' | 'uploading';
/** As `timings` of a result and of a job name them. */
type Timing =
  | 'resolve'
  | 'speak'
  | 'download'
  | 'probe'
  | 'analyse'
  | 'encode'
  | 'recognise'
  | 'join'
  | 'verify'
  | 'upload'
  | 'deliver';

export interface TaskReport {
  readonly phase: () => Phase;
  /** 0..1, never falling, and never 1: only the store says that a task is done. */
  readonly progress: () => number;
  readonly advance: (progress: number) => void;
  /** A sign of life. */
  readonly touch: () => void;
  /** Milliseconds since the last sign of life. */
  readonly silentMs: () => number;
  /** Does the work in that phase and adds its time to the timings. */
  readonly during: <T>(phase: Phase, timing: Timing, work: () => Promise<T>) => Promise<T>;
  /** Adds what FFmpeg used, where the host can tell. */
  readonly spend: (cpuSeconds: number | null) => void;
  readonly cpuSeconds: () => number;
  /** Seconds by phase, so far. */
  readonly timings: () => Record<string, number>;
}

const highest = 0.99;

export const taskReport = (clock: Clock): TaskReport => {
  let phase: Phase = 'downloading';
  let progress = 0;
  let touchedAt = clock.now();
  let cpuSeconds = 0;
  const spentMs = new Map<Timing, number>();
  const touch = (): void => void (touchedAt = clock.now());
  return {
    phase: () => phase,
    progress: () => progress,
    advance: (to) => {
      progress = Math.min(highest, Math.max(progress, to));
      touch();
    },
    touch,
    silentMs: () => clock.now() - touchedAt,
    during: async (next, timing, work) => {
      phase = next;
      touch();
      const started = clock.now();
      try {
        return await work();
      } finally {
        spentMs.set(timing, (spentMs.get(timing) ?? 0) + clock.now() - started);
      }
    },
    spend: (seconds) => void (cpuSeconds += seconds ?? 0),
    cpuSeconds: () => cpuSeconds,
    timings: () => Object.fromEntries([...spentMs].map(([timing, ms]) => [timing, ms / 1000])),
  };
};
