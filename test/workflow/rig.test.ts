/** The deployed state machine file on a Step Functions that is not ours, through the adapter of the cloud. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateStateMachineCommand, paginateGetExecutionHistory, SFNClient } from '@aws-sdk/client-sfn';
import { afterEach, describe, expect, test } from 'vitest';
import { lambdaError } from '#adapters/asl-interpreter/errors.ts';
import { sfnWorkflow } from '#adapters/step-functions/workflow.ts';
import type { Plan } from '#core/job/plan.ts';
import type { Workflow } from '#core/ports/workflow.ts';
import { rigAvailable, startRigSfn } from '#test/support/rig.ts';
import { jobId } from '#test/support/records.ts';
import { mostContainers, mostTasks, stateMachineLimits } from '#core/planner/capacity.ts';
import type { Containers } from '#statemachines/process-job.ts';
import { containerScenarios, longTask, oneAtATime } from './container-scenarios.ts';
import { containerOf } from './ecs.ts';
import { hurried, makeTask, type Stage, type World, world } from './harness.ts';
import { outsideScenarios } from './outside-scenarios.ts';
import { type Staged, scenarios } from './scenarios.ts';

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** The rig's Step Functions with our functions; the machine is made as CDK makes it, by substitution. */
const open = async (
  stage: Stage,
  containers: Containers = 'none',
): Promise<Staged & { readonly events: () => Promise<number> }> => {
  const dir = await mkdtemp(path.join(tmpdir(), 'sfn-'));
  closers.push(() => rm(dir, { recursive: true, force: true }));
  let functions: Pick<World, 'workflowFunction' | 'runnerFunction' | 'transferFunction' | 'container'> | undefined;
  const invoke: Parameters<typeof startRigSfn>[1] = async (name, payload, { signal }) => {
    try {
      if (name === 'workflow') return await functions?.workflowFunction(payload);
      return await (name === 'runner' ? functions?.runnerFunction : functions?.transferFunction)?.(payload, signal);
    } catch (error) {
      throw lambdaError(error);
    }
  };
  const rig = await startRigSfn(dir, invoke, async (parameters, { signal }) =>
    functions?.container(containerOf(parameters), signal),
  );
  closers.push(() => rig.close());
  const client = new SFNClient({ endpoint: rig.endpoint, region: rig.region, credentials: rig.credentials });
  closers.push(() => client.destroy());
  const { stateMachineArn = '' } = await client.send(
    new CreateStateMachineCommand({
      name: 'process-job',
      roleArn: 'arn:aws:iam::000000000000:role/process-job',
      definition: JSON.stringify(hurried(containers))
        .replaceAll('${WorkflowFunction}', 'workflow')
        .replaceAll('${RunnerFunction}', 'runner')
        .replaceAll('${TransferFunction}', 'transfer'),
    }),
  );
  const workflow: Workflow = sfnWorkflow({ client, stateMachineArn });
  const opened = world(stage, (parts) => {
    functions = parts;
    return workflow;
  });
  /** How many events the first attempt has left. */
  const events = async (): Promise<number> => {
    const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${jobId(1)}-1`;
    let count = 0;
    for await (const page of paginateGetExecutionHistory({ client }, { executionArn }))
      count += page.events?.length ?? 0;
    return count;
  };
  return { ...opened, events, idle: () => rig.idle() };
};

describe.skipIf(!rigAvailable())('on Step Functions', () => {
  scenarios(open);
  outsideScenarios(open);
  containerScenarios(open);

  test('a task leaves so few events that an execution holds as many tasks as a job may have', async () => {
    const ran = async (count: number, task = makeTask): Promise<number> => {
      const tasks = Array.from({ length: count }, (_, n) => task(`chunk${n}`, 'mp4'));
      const stages = [tasks.map(({ id }) => id)];
      const plan = (): Plan => ({ hash: 'h', tasks, complete: true, stages, skipped: {}, warnings: [] });
      const opened = await open({ plan, billing: oneAtATime }, 'spot');
      await opened.workflow.start({ jobId: jobId(1), attempt: 1 });
      await opened.idle();
      expect((await opened.job()).status).toBe('succeeded');
      return opened.events();
    };
    const { events, eventsPerTask, eventsPerGroup, eventsOfJob, inlineConcurrency } = stateMachineLimits;
    const { eventsPerContainer, eventsPerStage } = stateMachineLimits;
    const [few, many] = [await ran(1), await ran(2 * inlineConcurrency + 1)];
    const each = (many - few) / (2 * inlineConcurrency);
    expect(few).toBeLessThan(eventsOfJob);
    expect(each).toBeLessThan(eventsPerTask);
    const most = few + mostTasks * each + Math.ceil(mostTasks / inlineConcurrency) * eventsPerGroup;
    expect(most).toBeLessThan(events);

    // Containers, one after the other.
    const [one, five] = [await ran(1, longTask), await ran(5, longTask)];
    const perContainer = (five - one) / 4;
    expect(perContainer).toBeLessThan(eventsPerContainer + eventsPerStage + eventsPerGroup);
    expect(most + mostContainers * (perContainer - each)).toBeLessThan(events);
  }, 60_000);

  test('an execution that was never started is unknown, and stopping it is fine', async () => {
    const { workflow } = await open({});
    expect(await workflow.status({ jobId: jobId(1), attempt: 1 })).toBe('unknown');
    await expect(workflow.stop({ jobId: jobId(1), attempt: 1 })).resolves.toBeUndefined();
  });
});
