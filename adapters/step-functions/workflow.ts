/** Executions on AWS Step Functions. */
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type ExecutionStatus as SfnStatus,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { Failure } from '#core/failures.ts';
import { type ExecutionStatus, type Workflow, executionName } from '#core/ports/workflow.ts';

const statusOf: Readonly<Record<SfnStatus, ExecutionStatus>> = {
  RUNNING: 'running',
  // Only after a redrive, which goes on with the same execution.
  PENDING_REDRIVE: 'running',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  TIMED_OUT: 'failed',
  ABORTED: 'failed',
};

/** Errors that are not the answer to the question: throttling gets its code, the others stay what they are. */
const translated = (error: unknown): unknown =>
  error instanceof Error && error.name === 'ThrottlingException'
    ? new Failure('platform.throttled', {}, { cause: error })
    : error;

export interface SfnWorkflowOptions {
  readonly client: SFNClient;
  readonly stateMachineArn: string;
  /** The trace that an execution goes on with: the one of whoever starts it. */
  readonly traceHeader?: () => string | undefined;
}

export const sfnWorkflow = ({ client, stateMachineArn, traceHeader }: SfnWorkflowOptions): Workflow => {
  const executionArn = (jobId: string, attempt: number): string =>
    `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${executionName(jobId, attempt)}`;

  return {
    start: async ({ jobId, attempt }) => {
      const input = JSON.stringify({ jobId, attempt });
      try {
        const name = executionName(jobId, attempt);
        await client.send(new StartExecutionCommand({ stateMachineArn, name, input, traceHeader: traceHeader?.() }));
      } catch (error) {
        if (!(error instanceof ExecutionAlreadyExists)) throw translated(error);
      }
    },
    stop: async ({ jobId, attempt }) => {
      try {
        await client.send(new StopExecutionCommand({ executionArn: executionArn(jobId, attempt) }));
      } catch (error) {
        if (!(error instanceof ExecutionDoesNotExist)) throw translated(error);
      }
    },
    status: async ({ jobId, attempt }) => {
      try {
        const { status } = await client.send(
          new DescribeExecutionCommand({ executionArn: executionArn(jobId, attempt) }),
        );
        return status ? statusOf[status] : 'unknown';
      } catch (error) {
        if (error instanceof ExecutionDoesNotExist) return 'unknown';
        throw translated(error);
      }
    },
  };
};
