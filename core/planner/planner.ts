/** The planner of a deployment: the pure `plan` with what is the same for all of its jobs. */
import { type PlanInput, plan } from './plan.ts';
import type { Plan } from '../job/plan.ts';
import type { Billing } from './price.ts';

export type Planner = (input: Omit<PlanInput, 'hash'>) => Plan;

/** `hash` is a stable hash of a text, hexadecimal. */
export const plannerOf =
  ({ hash }: { readonly hash: (text: string) => string; readonly billing: Billing }): Planner =>
  (input) =>
    plan({ ...input, hash });
