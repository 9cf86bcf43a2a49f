/** Keeps the claim of a task while the work goes on, and stops the work when the claim is lost. */
import { Failure, hasCode } from '../failures.ts';
import type { Claim } from '../job/state.ts';
import { instant } from '../ports/clock.ts';
import { slept } from './slept.ts';
import type { HoldTaskDeps, TaskReport } from './task-run.ts';

const heartbeatMs = 1_000;
const leaseMs = 15_000;

/** Until when a claim that is taken or kept at this moment holds. */
export const leaseFrom = (now: number): string => instant(now + leaseMs);

/**
 * Reports progress every second until `until` is aborted. Calls `lose` with `conflict.state` when the store says that
 * the claim is no longer ours or has not been reached for as long as the lease, and with `platform.timeout` when FFmpeg
 * shows no sign of life for `stallSeconds`. It never rejects.
 */
export const keepClaim = async (
  deps: Pick<HoldTaskDeps, 'jobs' | 'clock' | 'log' | 'limits'>,
  { claim, report }: { readonly claim: Claim; readonly report: TaskReport },
  lose: (why: Failure) => void,
  until: AbortSignal,
): Promise<void> => {
  let keptAt = deps.clock.now();
  while (await slept(deps.clock, heartbeatMs, until)) {
    const { stallSeconds } = deps.limits;
    if (report.phase() === 'encoding' && report.silentMs() > stallSeconds * 1000) {
      return lose(new Failure('platform.timeout', { detail: `FFmpeg stood still for ${stallSeconds} s.` }));
    }
    const now = deps.clock.now();
    try {
      const progress = { progress: report.progress(), phase: report.phase(), leaseUntil: leaseFrom(now) };
      await deps.jobs.heartbeat(claim, progress);
      keptAt = now;
    } catch (error) {
      if (hasCode(error, 'conflict.state')) return lose(error);
      deps.log.warn('heartbeat failed', { jobId: claim.jobId, taskId: claim.taskId, error });
      if (now - keptAt > leaseMs) {
        return lose(new Failure('conflict.state', { detail: 'The lease ended: the job store cannot be reached.' }));
      }
    }
  }
};
