/** What the interpreter needs to know of a state machine file, and what it must change in it. */
import * as z from 'zod';

/** Tasks call `lambda:invoke` with one of the functions; the file names them by its substitutions. */
export const Invocation = z.strictObject({
  FunctionName: z.enum(['${WorkflowFunction}', '${RunnerFunction}', '${TransferFunction}']),
  Payload: z.record(z.string(), z.unknown()),
});
export type Invocation = z.output<typeof Invocation>;

type State = { Type: string; TimeoutSeconds?: number; ItemProcessor?: Machine; [field: string]: unknown };
export type Machine = { StartAt: string; States: Record<string, State>; [field: string]: unknown };

const State: z.ZodType<State> = z.looseObject({
  Type: z.string(),
  TimeoutSeconds: z.number().optional(),
  get ItemProcessor() {
    return Machine.optional();
  },
});
export const Machine: z.ZodType<Machine> = z.looseObject({ StartAt: z.string(), States: z.record(z.string(), State) });

/** Longer than any task may wait for a free slot; timers can hold no more than 24 days. */
const farSeconds = 2_000_000;

/** Seconds by the name of a Task, in nested machines too. */
export const taskTimeouts = (machine: Machine): Map<string, number> =>
  new Map(
    Object.entries(machine.States).flatMap(([name, state]) => [
      ...(state.Type === 'Task' ? [[name, state.TimeoutSeconds ?? farSeconds] as const] : []),
      ...(state.ItemProcessor ? taskTimeouts(state.ItemProcessor) : []),
    ]),
  );

/**
 * The same machine with timeouts of tasks out of the way: the library counts them from when a task is called, we count
 * from when it has a slot. (Left out they would be 60 seconds.)
 */
export const withoutTimeouts = (machine: Machine): Machine => ({
  ...machine,
  States: Object.fromEntries(
    Object.entries(machine.States).map(([name, state]) => [
      name,
      {
        ...state,
        ...(state.Type === 'Task' ? { TimeoutSeconds: farSeconds } : {}),
        ...(state.ItemProcessor ? { ItemProcessor: withoutTimeouts(state.ItemProcessor) } : {}),
      },
    ]),
  ),
});
