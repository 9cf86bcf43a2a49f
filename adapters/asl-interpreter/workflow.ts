/** Runs the deployed state machine file in this process, for hosts of one machine. */
import { StateMachine } from 'aws-local-stepfunctions';
import PQueue from 'p-queue';
import type { Priority } from '#core/job/spec.ts';
import type { Log } from '#core/ports/log.ts';
import { type ExecutionStatus, type Workflow, executionName } from '#core/ports/workflow.ts';
import { Invocation, Machine, taskTimeouts, withoutTimeouts } from './definition.ts';
import { lambdaError, stateError } from './errors.ts';

export type AslInterpreterOptions = {
  /** The parsed `statemachines/process-job.asl.json`. */
  definition: unknown;
  workflowFunction: (payload: unknown) => Promise<unknown>;
  /** Its signal is aborted when the execution is stopped or the task's time is over. */
  runnerFunction: (payload: unknown, signal: AbortSignal) => Promise<unknown>;
  /** Like `runnerFunction`, for tasks that wait for the network and not for a processor. */
  transferFunction: (payload: unknown, signal: AbortSignal) => Promise<unknown>;
  /** How many runner tasks work at once, over all executions; the others wait, and waiting counts as no task's time. */
  maxRunners: number;
  /** Likewise of transfers. */
  maxTransfers: number;
  log: Log;
};

export type AslInterpreter = Workflow & {
  /** Tasks of runners and transfers: how many are being carried out, and how many wait for a slot. */
  load(): { readonly running: number; readonly waiting: number };
  /** Resolves when no execution is running and every function that was called has come back. */
  idle(): Promise<void>;
  /** Stops every execution, starts none any more, and resolves when it is idle. */
  close(): Promise<void>;
};

const priorities: Readonly<Record<Priority, number>> = { low: -1, normal: 0, high: 1 };

type Execution = { status: ExecutionStatus; stop: () => void };

export const aslInterpreter = (options: AslInterpreterOptions): AslInterpreter => {
  const definition = Machine.parse(options.definition);
  const timeouts = taskTimeouts(definition);
  const machine = new StateMachine(
    // The library's type lists the very fields that test/workflow/asl.test.ts allows in the file.
    withoutTimeouts(definition) as unknown as ConstructorParameters<typeof StateMachine>[0],
    { validationOptions: { noValidate: true } },
  );
  const executions = new Map<string, Execution>();
  const active = new Set<Promise<unknown>>();
  const functions = {
    '${WorkflowFunction}': { call: options.workflowFunction, slots: undefined },
    '${RunnerFunction}': { call: options.runnerFunction, slots: new PQueue({ concurrency: options.maxRunners }) },
    '${TransferFunction}': { call: options.transferFunction, slots: new PQueue({ concurrency: options.maxTransfers }) },
  } as const;
  let isClosed = false;

  const track = (work: Promise<unknown>): void => {
    const settled: Promise<unknown> = work.catch(() => undefined).finally(() => active.delete(settled));
    active.add(settled);
  };

  /** Calls a function as Lambda does: its error becomes the ASL error, and it is told to stop when its time is over. */
  const invoke = (
    state: string,
    { FunctionName, Payload }: Invocation,
    { stopped, priority }: { readonly stopped: AbortSignal; readonly priority: number },
  ): Promise<unknown> => {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const { call, slots } = functions[FunctionName];
    const work = async (): Promise<void> => {
      if (stopped.aborted) return reject(stateError('States.TaskFailed', 'The execution was stopped.'));
      const timeout = new AbortController();
      const timer = setTimeout(
        () => {
          reject(stateError('States.Timeout', ''));
          timeout.abort();
        },
        (timeouts.get(state) ?? 0) * 1000,
      );
      try {
        const signal = AbortSignal.any([stopped, timeout.signal]);
        resolve({ Payload: await call(Payload, signal) });
      } catch (error) {
        reject(lambdaError(error));
      } finally {
        clearTimeout(timer);
      }
    };
    track(slots ? slots.add(work, { priority }) : work());
    return promise;
  };

  const run = (name: string, input: { jobId: string; attempt: number }, priority: Priority): Execution => {
    const stopped = new AbortController();
    const handlers = [...timeouts.keys()].map((state) => [
      state,
      // A stopped execution may still call: the library repeats a task whose pause was cut short by the stop.
      (parameters: unknown) =>
        invoke(state, Invocation.parse(parameters), { stopped: stopped.signal, priority: priorities[priority] }),
    ]);
    const { result, abort } = machine.run(input, {
      overrides: { taskResourceLocalHandlers: Object.fromEntries(handlers) },
    });
    const execution: Execution = {
      status: 'running',
      stop: () => {
        abort();
        stopped.abort();
      },
    };
    const ended = async (): Promise<void> => {
      try {
        await result;
        execution.status = 'succeeded';
      } catch (error) {
        execution.status = 'failed';
        options.log.warn('execution failed', { execution: name, error: String(error) });
      }
      execution.stop = () => stopped.abort(); // or all that the library knows of it would stay while the host runs
    };
    track(ended());
    return execution;
  };

  const idle = async (): Promise<void> => {
    while (active.size > 0) await Promise.all(active);
  };

  return {
    start: async ({ jobId, attempt, priority = 'normal' }) => {
      const name = executionName(jobId, attempt);
      if (!isClosed && !executions.has(name)) executions.set(name, run(name, { jobId, attempt }, priority));
    },
    stop: async ({ jobId, attempt }) => executions.get(executionName(jobId, attempt))?.stop(),
    status: async ({ jobId, attempt }) => executions.get(executionName(jobId, attempt))?.status ?? 'unknown',
    load: () => {
      const slots = Object.values(functions).flatMap((one) => one.slots ?? []);
      const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
      return {
        running: sum(slots.map(({ pending }) => pending)),
        waiting: sum(slots.map(({ size }) => size)),
      };
    },
    idle,
    close: async () => {
      isClosed = true;
      for (const execution of executions.values()) execution.stop();
      await idle();
    },
  };
};
