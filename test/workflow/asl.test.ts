/** The state machine file uses only what Step Functions, the interpreter and the rig understand alike. */
import aslValidator from 'asl-validator';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { failureCodes, failures } from '#core/failures.ts';
import { type Containers, processJob } from '#statemachines/process-job.ts';
import { definition } from './harness.ts';

const Path = z.string().regex(/^\$\$?(?:\.[A-Za-z]+)*$/);
const Intrinsic = z
  .string()
  .regex(
    /^States\.(?:Array|ArrayLength|ArrayGetItem|JsonToString|MathAdd)\([$A-Za-z0-9., ]+(?:\([$A-Za-z0-9., ]+\))?\)$/,
  );
const Template: z.ZodType = z.lazy(() =>
  z.record(z.string(), z.union([z.string(), z.number(), Template])).superRefine((fields, context) => {
    for (const [key, value] of Object.entries(fields)) {
      const isDynamic = key.endsWith('.$');
      const isPath = Path.safeParse(value).success || Intrinsic.safeParse(value).success;
      if (isDynamic !== isPath)
        context.addIssue({ code: 'custom', path: [key], message: 'a path and ".$" go together' });
    }
  }),
);
const Comment = z.string().min(1);
const onward = { Next: z.string().optional(), End: z.literal(true).optional() };

const Retrier = z.strictObject({
  ErrorEquals: z.array(z.string()).min(1),
  IntervalSeconds: z.int().min(1),
  BackoffRate: z.number().min(1),
  MaxAttempts: z.int().min(1),
  MaxDelaySeconds: z.int().min(2),
  JitterStrategy: z.literal('FULL'),
});
const Catcher = z.strictObject({
  ErrorEquals: z.tuple([z.literal('States.ALL')]),
  ResultPath: Path.nullable(),
  Next: z.string(),
});
const FunctionName = z.enum(['${WorkflowFunction}', '${RunnerFunction}', '${TransferFunction}']);
const Invocation = z.strictObject({
  Resource: z.literal('arn:aws:states:::lambda:invoke'),
  Parameters: z.union([
    z.strictObject({ FunctionName, Payload: Template }),
    z.strictObject({ FunctionName, 'Payload.$': Path }),
  ]),
});
/** Only Step Functions and the rig run it; hosts of one machine have none. */
const Container = z.strictObject({
  Resource: z.literal('arn:aws:states:::ecs:runTask.sync'),
  Parameters: z.strictObject({
    Cluster: z.literal('${RunnerCluster}'),
    TaskDefinition: z.literal('${RunnerContainer}'),
    CapacityProviderStrategy: z.tuple([
      z.strictObject({ CapacityProvider: z.enum(['FARGATE', 'FARGATE_SPOT']), Weight: z.literal(1) }),
    ]),
    EnableExecuteCommand: z.literal(false),
    NetworkConfiguration: z.record(z.string(), z.unknown()),
    Overrides: z.strictObject({
      'Cpu.$': Path,
      'Memory.$': Path,
      EphemeralStorage: z.strictObject({ 'SizeInGiB.$': Path }),
      ContainerOverrides: z.tuple([
        z.strictObject({
          Name: z.literal('runner'),
          'Command.$': Intrinsic,
          Environment: z.array(z.unknown()).length(1),
        }),
      ]),
    }),
  }),
});
const OfTask = z.strictObject({
  Type: z.literal('Task'),
  Comment,
  ResultSelector: Template.optional(),
  ResultPath: Path.nullable().optional(),
  OutputPath: Path.optional(),
  TimeoutSeconds: z.int().min(1),
  Retry: z.array(Retrier).min(1),
  Catch: z.array(Catcher).length(1),
  ...onward,
});
const Task = z.union([
  z.strictObject({ ...OfTask.shape, ...Invocation.shape }),
  z.strictObject({ ...OfTask.shape, ...Container.shape }),
]);
type Task = z.output<typeof Task>;
const Choice = z.strictObject({
  Type: z.literal('Choice'),
  Comment,
  Choices: z
    .array(
      z.union([
        z.strictObject({ Variable: Path, NumericLessThanPath: Path, Next: z.string() }),
        z.strictObject({ Variable: Path, BooleanEquals: z.boolean(), Next: z.string() }),
        z.strictObject({ Variable: Path, IsNull: z.literal(true), Next: z.string() }),
        z.strictObject({ Variable: Path, StringMatches: z.literal('recognise-*'), Next: z.string() }),
      ]),
    )
    .min(1),
  Default: z.string(),
});
const Pass = z.strictObject({ Type: z.literal('Pass'), Comment, Parameters: Template, ResultPath: Path, ...onward });
const Succeed = z.strictObject({ Type: z.literal('Succeed'), Comment, OutputPath: z.null() });
const Fail = z.strictObject({ Type: z.literal('Fail'), Comment, ErrorPath: Path, CausePath: Path });
type InlineMap = {
  Type: 'Map';
  Catch?: z.output<typeof Catcher>[];
  ItemProcessor: { StartAt: string; States: Record<string, State> };
};
type State =
  | Task
  | z.output<typeof Choice>
  | z.output<typeof Pass>
  | z.output<typeof Succeed>
  | z.output<typeof Fail>
  | InlineMap;
const States: z.ZodType<Record<string, State>> = z.lazy(() => z.record(z.string().max(80), State));
const InlineMap = z.strictObject({
  Type: z.literal('Map'),
  Comment,
  ItemsPath: Path,
  /** The most that Step Functions runs at once; the interpreter starts what is beyond it even after a failure. */
  MaxConcurrency: z.union([z.literal(40), z.literal(1)]),
  ItemSelector: Template,
  ItemProcessor: z.strictObject({
    ProcessorConfig: z.strictObject({ Mode: z.literal('INLINE') }),
    StartAt: z.string(),
    States,
  }),
  ResultPath: z.null(),
  Catch: z.array(Catcher).length(1).optional(),
  ...onward,
});
const State = z.union([Task, Choice, Pass, Succeed, Fail, InlineMap]);
const Machine = z.strictObject({
  Comment,
  StartAt: z.string(),
  TimeoutSeconds: z.literal(86_400),
  States,
});

const machine = Machine.parse(definition());

const statesIn = (states: Readonly<Record<string, State>>): [string, State][] =>
  Object.entries(states).flatMap(([name, state]) => [
    [name, state],
    ...(state.Type === 'Map' ? statesIn(state.ItemProcessor.States) : []),
  ]);
const all = statesIn(machine.States);
const tasks = all.filter((entry): entry is [string, Task] => entry[1].Type === 'Task');
const invocations = tasks.filter(([, { Resource }]) => Resource.includes(':lambda:'));
const ofContainers = tasks.filter(([, { Resource }]) => Resource.includes(':ecs:'));

/** Codes that end a request of the API and are never thrown by a step. */
const onlyOfRequests = new Set<string>(['auth.throttled', 'conflict.in_progress']);

describe('the state machine', () => {
  test.each([
    ['JSONata', { QueryLanguage: 'JSONata' }],
    ['batches', { ItemBatcher: { MaxItemsPerBatch: 2 } }],
    ['tolerated failures', { ToleratedFailurePercentage: 10 }],
    ['readers of items', { ItemReader: {} }],
    ['heartbeats', { HeartbeatSeconds: 10 }],
    ['variables', { Assign: { a: 1 } }],
  ])('may not use %s: not all who run it understand that', (_, field) => {
    const [name, state] = all[1] ?? [];
    expect(
      Machine.safeParse({ ...machine, States: { ...machine.States, [name ?? '']: { ...state, ...field } } }).success,
    ).toBe(false);
  });

  test('may not wait for task tokens', () => {
    const [, prepare] = tasks[0] ?? [];
    expect(Task.safeParse({ ...prepare, Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken' }).success).toBe(
      false,
    );
    expect(Task.safeParse(prepare).success).toBe(true);
  });

  test('is valid in the states language', () => {
    for (const containers of ['none', 'on-demand', 'spot'] as const) {
      const made = processJob(definition(), { containers, recognises: true });
      // The validator writes defaults into what it is given.
      Machine.parse(made);
      const { isValid, errorsText } = aslValidator(made as Parameters<typeof aslValidator>[0]); // an object stays one
      expect(errorsText(), containers).toBe('');
      expect(isValid, containers).toBe(true);
    }
  });

  test('has only the states that a deployment has a use for', () => {
    const namesIn = (kind: Containers) =>
      statesIn(Machine.parse(processJob(definition(), { containers: kind, recognises: true })).States).map(
        ([name]) => name,
      );
    const whole = all.map(([name]) => name);
    expect(namesIn('spot')).toEqual(whole);
    expect(namesIn('on-demand')).toEqual(whole.filter((name) => name !== 'RunOnSpot'));
    const ofContainers = new Set(['FunctionOrContainer', 'RunOnSpot', 'RunOnDemand', 'CheckTask']);
    expect(namesIn('none')).toEqual(whole.filter((name) => !ofContainers.has(name)));
    const bare = JSON.stringify(processJob(definition(), { containers: 'none', recognises: false }));
    expect(bare).not.toMatch(/ecs:|RunnerCluster|FARGATE|ecognise/);
    expect(JSON.stringify(processJob(definition(), { containers: 'on-demand', recognises: true }))).not.toContain(
      'FARGATE_SPOT',
    );
  });

  test('has no two states of one name', () => {
    expect(new Set(all.map(([name]) => name)).size).toBe(all.length);
  });

  test.each(invocations)(
    '%s repeats what may succeed when it is repeated, once each, and nothing else',
    (_, { Retry }) => {
      const repeated = Retry.flatMap(({ ErrorEquals }) => ErrorEquals);
      expect(new Set(repeated).size).toBe(repeated.length);
      const ours = repeated.filter((name) => !/^(?:Lambda|States|Sandbox|Runtime)\./.test(name));
      const retryable = failureCodes.filter((code) => failures[code].retryable && !onlyOfRequests.has(code));
      expect(ours.toSorted()).toEqual(retryable.toSorted());
      expect(repeated).not.toContain('States.ALL');
      expect(repeated).not.toContain('States.TaskFailed');
      expect(repeated).toEqual(
        expect.arrayContaining(['States.Timeout', 'Lambda.Unknown', 'Lambda.TooManyRequestsException']),
      );
    },
  );

  test.each(ofContainers)('%s waits for ECS, which is busy, and sees no failure of ours', (name, { Retry, Next }) => {
    const [busy, lost, ...more] = Retry.map(({ ErrorEquals }) => ErrorEquals);
    expect(busy).toEqual(expect.arrayContaining(['AmazonECS.Unknown', 'ECS.ThrottlingException']));
    expect(busy?.filter((error) => !/^(?:AmazonECS|ECS)\./.test(error))).toEqual([]);
    // On spare capacity whatever happens is a reason to go on without it.
    expect([lost, ...more]).toEqual(name === 'RunOnSpot' ? [undefined] : [['States.TaskFailed']]);
    expect(Next).toBe('CheckTask');
  });

  test.each(all)('%s leads to a terminal job when it fails', (name, state) => {
    const next = (target: string): readonly string[] => {
      const found = all.find(([other]) => other === target)?.[1];
      if (!found || target === 'MarkFailed') return [target];
      if (found.Type === 'Fail') return [target];
      return 'Catch' in found && found.Catch ? found.Catch.flatMap((catcher) => next(catcher.Next)) : [target];
    };
    const isTop = name in machine.States;
    if (!('Catch' in state) || !state.Catch) return;
    const ends = state.Catch.flatMap((catcher) => next(catcher.Next));
    const allowed = isTop
      ? ['MarkFailed', 'Failed']
      : ['StopImporting', 'StopFetching', 'StopRunning', 'StopDelivering'];
    expect(ends.every((end) => allowed.includes(end))).toBe(true);
  });
});
