import { Failure } from '../failures.ts';
import type { JobSpec } from '../job/spec.ts';
import { assertEstimate } from './budget.ts';
import type { PreviewDeps } from './show-plan.ts';

/**
 * Before a job with a limit in dollars is stored: fails with `limit.cost` where it would cost more. What cannot be known
 * yet, or not at this moment, is asked again when the job is planned.
 */
export const assertAffordable = async (deps: Partial<PreviewDeps>, owner: string, spec: JobSpec): Promise<void> => {
  if (spec.limits?.maxUsd === undefined || !canPreview(deps)) return;
  // Few jobs have a limit, and the planner is large.
  const { previewJob } = await import('./show-plan.ts');
  try {
    const { cost, unknown } = await previewJob(deps, owner, spec);
    assertEstimate(spec, unknown.size > 0 ? null : cost.estimate);
  } catch (error) {
    if (!(error instanceof Failure) || !error.code.startsWith('platform.')) throw error;
  }
};

/** A host without a prober, such as the drop function, leaves it to the planning. */
const canPreview = (deps: Partial<PreviewDeps>): deps is PreviewDeps => deps.prober !== undefined;
