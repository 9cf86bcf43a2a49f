/** The deployed state machine file on a Step Functions that is not ours, through the adapter of the cloud. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterEach, describe, expect, test } from 'vitest';
import { lambdaError } from '#adapters/asl-interpreter/errors.ts';
import { sfnWorkflow } from '#adapters/step-functions/workflow.ts';
import type { Workflow } from '#core/ports/workflow.ts';
import { rigAvailable, startRigSfn } from '#test/support/rig.ts';
import { jobId } from '#test/support/records.ts';
import { hurried, type Stage, type World, world } from './harness.ts';
import { outsideScenarios } from './outside-scenarios.ts';
import { type Staged, scenarios } from './scenarios.ts';

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** The rig's Step Functions with our functions; the machine is made as CDK makes it, by substitution. */
const open = async (stage: Stage): Promise<Staged> => {
  const dir = await mkdtemp(path.join(tmpdir(), 'sfn-'));
  closers.push(() => rm(dir, { recursive: true, force: true }));
  let functions: Pick<World, 'workflowFunction' | 'runnerFunction' | 'transferFunction'> | undefined;
  const rig = await startRigSfn(dir, async (name, payload, { signal }) => {
    try {
      if (name === 'workflow') return await functions?.workflowFunction(payload);
      return await (name === 'runner' ? functions?.runnerFunction : functions?.transferFunction)?.(payload, signal);
    } catch (error) {
      throw lambdaError(error);
    }
  });
  closers.push(() => rig.close());
  const client = new SFNClient({ endpoint: rig.endpoint, region: rig.region, credentials: rig.credentials });
  closers.push(() => client.destroy());
  const { stateMachineArn = '' } = await client.send(
    new CreateStateMachineCommand({
      name: 'process-job',
      roleArn: 'arn:aws:iam::000000000000:role/process-job',
      definition: JSON.stringify(hurried())
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
  return { ...opened, idle: () => rig.idle() };
};

describe.skipIf(!rigAvailable())('on Step Functions', () => {
  scenarios(open);
  outsideScenarios(open);

  test('an execution that was never started is unknown, and stopping it is fine', async () => {
    const { workflow } = await open({});
    expect(await workflow.status({ jobId: jobId(1), attempt: 1 })).toBe('unknown');
    await expect(workflow.stop({ jobId: jobId(1), attempt: 1 })).resolves.toBeUndefined();
  });
});
