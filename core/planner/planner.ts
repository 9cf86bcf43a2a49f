/** The planner of a deployment: the pure `plan` with what is the same for all of its jobs. */
import type { Plan } from '../job/plan.ts';
import type { Name } from '../job/values.ts';
import type { SourceIndex } from '../media/source-index.ts';
import { type PlanInput, plan } from './plan.ts';
import { type Billing, billingFor } from './price.ts';

/** `indexes` of the inputs that have one; where they are left out nothing is made in pieces. */
export type Planner = (
  input: Omit<PlanInput, 'hash' | 'cutting'> & { readonly indexes?: Readonly<Record<Name, SourceIndex>> },
) => Plan;

/** `hash` is a stable hash of a text, hexadecimal. */
export const plannerOf =
  ({ hash, billing }: { readonly hash: (text: string) => string; readonly billing: Billing }): Planner =>
  ({ indexes, ...input }) =>
    plan({ ...input, hash, ...(indexes && { cutting: { ...billingFor(billing, input.job.spec), indexes } }) });
