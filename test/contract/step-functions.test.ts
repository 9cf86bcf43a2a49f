/** Answers of Step Functions that no emulator gives: throttling and the states of a redrive. */
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  SFNClient,
  SFNServiceException,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, expect, test } from 'vitest';
import { sfnWorkflow } from '#adapters/step-functions/workflow.ts';
import { jobId } from '#test/support/records.ts';

const service = mockClient(SFNClient);
const workflow = sfnWorkflow({
  client: new SFNClient({ region: 'eu-central-1' }),
  stateMachineArn: 'arn:aws:states:eu-central-1:123456789012:stateMachine:process-job',
});
const execution = { jobId: jobId(1), attempt: 2 };
const about = { message: 'as the service says it', $metadata: {} };
const throttled = new SFNServiceException({ ...about, name: 'ThrottlingException', $fault: 'client' });

afterEach(() => {
  service.reset();
});

test('an execution is named after job and attempt, and starting it twice is fine', async () => {
  service.on(StartExecutionCommand).rejects(new ExecutionAlreadyExists(about));
  await expect(workflow.start(execution)).resolves.toBeUndefined();
  expect(service.commandCalls(StartExecutionCommand)[0]?.args[0].input).toMatchObject({
    name: `${jobId(1)}-2`,
    input: JSON.stringify(execution),
  });
});

test('an execution goes on with the trace of whoever starts it', async () => {
  service.on(StartExecutionCommand).resolves({});
  const traceHeader = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';
  const client = new SFNClient({ region: 'eu-central-1' });
  await sfnWorkflow({ client, stateMachineArn: 'arn', traceHeader: () => traceHeader }).start(execution);
  expect(service.commandCalls(StartExecutionCommand)[0]?.args[0].input).toMatchObject({ traceHeader });
});

test('an execution that is gone needs no stop, and its state is unknown', async () => {
  service.on(StopExecutionCommand).rejects(new ExecutionDoesNotExist(about));
  service.on(DescribeExecutionCommand).rejects(new ExecutionDoesNotExist(about));
  await expect(workflow.stop(execution)).resolves.toBeUndefined();
  await expect(workflow.status(execution)).resolves.toBe('unknown');
});

test.each([
  ['RUNNING', 'running'],
  ['PENDING_REDRIVE', 'running'],
  ['SUCCEEDED', 'succeeded'],
  ['FAILED', 'failed'],
  ['TIMED_OUT', 'failed'],
  ['ABORTED', 'failed'],
] as const)('%s is %s', async (status, expected) => {
  service.on(DescribeExecutionCommand).resolves({ status });
  await expect(workflow.status(execution)).resolves.toBe(expected);
});

test('throttling can be told from other errors, which stay what they are', async () => {
  service.on(StartExecutionCommand).rejects(throttled);
  await expect(workflow.start(execution)).rejects.toMatchObject({ code: 'platform.throttled' });
  service.on(StartExecutionCommand).rejects(new Error('socket hang up'));
  await expect(workflow.start(execution)).rejects.toThrow('socket hang up');
});
