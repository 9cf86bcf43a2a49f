/** The state machine as a deployment has it: the one file, without the states that need what it does not have. */

/** What a deployment has beside functions: nothing, containers, or containers that run on spare capacity first. */
export type Containers = 'none' | 'on-demand' | 'spot';

/** States that are left out, and what takes their place where others lead to them. */
const leftOut: Readonly<Record<Containers, ReadonlyMap<string, string>>> = {
  none: new Map(
    ['FunctionOrContainer', 'RunOnSpot', 'RunOnDemand', 'CheckTask'].map((name) => [name, 'RunTask'] as const),
  ),
  'on-demand': new Map([['RunOnSpot', 'RunOnDemand']]),
  spot: new Map(),
};

/** Of a deployment that has nothing recognised: a choice less for each task. */
const recognition = new Map(['RunnerOrService', 'RecogniseTask'].map((name) => [name, 'FunctionOrContainer'] as const));

const leads = new Set(['StartAt', 'Next', 'Default']);

const without = (value: unknown, states: ReadonlyMap<string, string>): unknown => {
  if (Array.isArray(value)) return value.map((item) => without(item, states));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !states.has(key))
      .map(([key, inner]) => [
        key,
        leads.has(key) && typeof inner === 'string' ? (states.get(inner) ?? inner) : without(inner, states),
      ]),
  );
};

/** `definition` is the parsed process-job.asl.json. */
export const processJob = (
  definition: unknown,
  { containers, recognises }: { readonly containers: Containers; readonly recognises: boolean },
): unknown => without(recognises ? definition : without(definition, recognition), leftOut[containers]);
