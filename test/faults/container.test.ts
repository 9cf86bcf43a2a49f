/** The container as it is deployed: the bundle in a process of its own, run by the state machine as ECS would run it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lambdaError } from '#adapters/asl-interpreter/errors.ts';
import { sfnWorkflow } from '#adapters/step-functions/workflow.ts';
import { tableDefinition } from '#adapters/dynamodb/table.ts';
import type { JobSpec } from '#core/job/spec.ts';
import { createRunner } from '#functions/ffmpeg-runner/app.ts';
import { RunnerConfig } from '#functions/ffmpeg-runner/config.ts';
import { awsDeps as runnerDeps } from '#functions/ffmpeg-runner/wiring.ts';
import { createWorkflow } from '#functions/workflow/app.ts';
import { WorkflowConfig } from '#functions/workflow/config.ts';
import { awsDeps as workflowDeps } from '#functions/workflow/wiring.ts';
import { layOutRunnerImage } from '#lib/constructs/runner-context.ts';
import { processesIn, untilNoneIn } from '#test/support/processes.ts';
import { aJob, aSpec, aTask, jobId } from '#test/support/records.ts';
import { type Rig, rigAvailable, startRig, startRigSfn } from '#test/support/rig.ts';
import { containerOf } from '../workflow/ecs.ts';
import { hurried, platformError } from '../workflow/harness.ts';

const environment = {
  STAGE: 'dev',
  BUILD: 'test',
  JOBS_TABLE: 'jobs',
  MEDIA_BUCKET: 'media',
  STATE_MACHINE_ARN: 'arn:aws:states:us-east-1:000000000000:stateMachine:process-job',
  FARGATE_VCPUS: '1',
  // Too little for any task: so each has a container.
  RUNNER_MEMORY_MB: '1',
};

/** One run of a container, and how it ended. */
interface Ran {
  readonly on: string;
  readonly child: ChildProcess;
  readonly code: Promise<number | null>;
}

const build = async () => {
  const dir = await mkdtemp(join(tmpdir(), 'kinoduct-container-'));
  const [work, image] = [join(dir, 'work'), join(dir, 'image')];
  layOutRunnerImage(image);
  const rig: Rig = await startRig({ dir, functions: {} });
  await new S3Client().send(new CreateBucketCommand({ Bucket: environment.MEDIA_BUCKET }));
  await new DynamoDBClient().send(new CreateTableCommand({ TableName: 'jobs', ...structuredClone(tableDefinition) }));
  const runnerEnvironment = { ...environment, WORK_ROOT: work, ASSETS_FOLDER: join(image, 'assets') };
  const deps = await workflowDeps(WorkflowConfig.parse(environment));
  const runner = createRunner(await runnerDeps(RunnerConfig.parse(runnerEnvironment)));

  const ran: Ran[] = [];
  const start = (on: string, spot: string, payload: string): Ran => {
    const child = spawn(process.execPath, [join(image, 'task.mjs'), payload], {
      env: { ...process.env, ...rig.env, ...runnerEnvironment, SPOT: spot },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const code = once(child, 'exit').then(([status]) => status as number | null); // so Node tells it
    const run = { on, child, code };
    ran.push(run);
    return run;
  };

  let workflowFunction: (payload: unknown) => Promise<unknown> = createWorkflow(deps);
  const sfn = await startRigSfn(
    join(dir, 'sfn-of-test'),
    async (name, payload, { signal }) => {
      try {
        return await (name === 'workflow' ? workflowFunction(payload) : runner(payload, { signal }));
      } catch (error) {
        throw lambdaError(error);
      }
    },
    async (parameters) => {
      const { on, spot, payload } = containerOf(parameters);
      if ((await start(on, spot, payload).code) !== 0) throw platformError('States.TaskFailed');
      return {};
    },
  );
  const client = new SFNClient({ endpoint: sfn.endpoint, region: sfn.region, credentials: sfn.credentials });
  const { stateMachineArn = '' } = await client.send(
    new CreateStateMachineCommand({
      name: 'process-job',
      roleArn: 'arn:aws:iam::000000000000:role/process-job',
      definition: JSON.stringify(hurried('spot'))
        .replaceAll('${WorkflowFunction}', 'workflow')
        .replaceAll('${RunnerFunction}', 'runner'),
    }),
  );
  const workflow = sfnWorkflow({ client, stateMachineArn });
  workflowFunction = createWorkflow({ ...deps, workflow });
  return {
    work,
    ran,
    start,
    jobs: deps.jobs,
    submit: async (number: number, spec: Partial<JobSpec>) => {
      ran.length = 0;
      const id = jobId(number);
      await deps.jobs.create(aJob({ id, spec: aSpec({ reuse: false, ...spec }) }));
      await workflow.start({ jobId: id, attempt: 1 });
      return id;
    },
    ended: async (id: string) => {
      await sfn.idle();
      const job = await deps.jobs.get(id);
      if (!job) throw new Error('the job is gone');
      return job;
    },
    close: async () => {
      for (const { child } of ran) child.kill('SIGKILL');
      client.destroy();
      sfn.close();
      await rig.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
};

describe.skipIf(!rigAvailable())('a container', () => {
  let house: Awaited<ReturnType<typeof build>>;
  beforeAll(async () => {
    house = await build();
  });
  afterAll(() => house.close());

  const codes = () => Promise.all(house.ran.map(async ({ on, code }) => [on, await code]));

  test('that loses its place ends FFmpeg, gives its task back within ten seconds, and one on demand makes it', async () => {
    // Some seconds of work.
    const id = await house.submit(1, {
      inputs: { video: { test: { seconds: 6, size: '1280x720' } } },
      outputs: { mp4: { type: 'video', encode: { preset: 'mp4', speed: 'slow' } } },
    });
    const isWorking = async () =>
      house.ran.length > 0 && (await processesIn(house.work)).some(({ command }) => command.startsWith('ffmpeg'));
    await expect.poll(isWorking, { timeout: 200_000 }).toBe(true);
    const asked = performance.now();
    house.ran[0]?.child.kill('SIGTERM');
    expect(await house.ran[0]?.code).toBe(143);
    expect(performance.now() - asked).toBeLessThan(10_000);
    const job = await house.ended(id);
    expect(job).toMatchObject({ status: 'succeeded', error: null, outputs: { mp4: { status: 'succeeded' } } });
    expect(await codes()).toEqual([
      ['FARGATE_SPOT', 143],
      ['FARGATE', 0],
    ]);
    expect(await untilNoneIn(house.work, 3_000)).toBeLessThan(3_000);
    // Both were billed, each as what it ran on, a minute at least.
    const billed = new Map(job.cost?.items.map(({ kind, quantity }) => [kind, quantity]));
    expect([...billed.keys()]).toEqual(expect.arrayContaining(['fargate.memory', 'fargate.storage']));
    expect(billed.get('fargate.compute')).toBeGreaterThanOrEqual(60);
    expect(billed.get('fargate.spot.compute')).toBeGreaterThanOrEqual(60);
  });

  test('on spare capacity is billed at the price of that', async () => {
    const id = await house.submit(2, {
      inputs: { video: { test: { seconds: 1 } } },
      outputs: { mp4: { type: 'video', encode: 'mp4' }, thumb: { type: 'image' } },
    });
    const job = await house.ended(id);
    expect(job.status).toBe('succeeded');
    expect(await codes()).toEqual([['FARGATE_SPOT', 0]]);
    expect(job.cost?.items.map(({ kind }) => kind)).toContain('fargate.spot.compute');
  });

  test('ends with 0 where another run would change nothing, and with 1 where it might', async () => {
    const broken = aTask({
      reads: [],
      writes: [],
      commands: [{ arguments: ['-i', 'file:missing.mp4', 'file:out.mp4'], progressSeconds: 1 }],
    });
    await house.jobs.create(aJob({ id: jobId(3), status: 'running', attempt: 1 }));
    await house.jobs.saveTasks(jobId(3), [broken]);
    const failing = JSON.stringify({ jobId: jobId(3), attempt: 1, taskId: broken.id });
    expect(await house.start('by hand', 'false', failing).code).toBe(0);
    expect(await house.jobs.task(jobId(3), broken.id)).toMatchObject({ error: { code: 'encode.failed' } });
    const gone = JSON.stringify({ jobId: jobId(9), attempt: 1, taskId: 'encode-1' });
    expect(await house.start('by hand', 'false', gone).code).toBe(0);
    expect(await house.start('by hand', 'false', 'not JSON').code).toBe(1);
  });
});
