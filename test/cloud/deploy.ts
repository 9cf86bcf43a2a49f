/** Puts the synthesized deployment onto the rig, as CloudFormation would put it onto AWS. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setInterval } from 'node:timers/promises';
import { CreateTableCommand, type CreateTableCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { s3ObjectStore } from '#adapters/s3/object-store.ts';
import { clientId, startCognito, userPoolId } from '#test/support/cognito.ts';
import { type Answer, startGateway } from '#test/support/gateway.ts';
import { startLoopback } from '#test/support/loopback.ts';
import { startRig } from '#test/support/rig.ts';
import { type Synthesized, type SynthesizedFunction, synthesize } from '#test/support/synth.ts';
import type { Deployment } from '../e2e/deployment.ts';
import { type Outside, outsideSecret } from '../e2e/outside.ts';

const names = { table: 'jobs', bucket: 'media', archive: 'archive', drop: 'drop', machine: 'process-job' } as const;
const arn = (service: string, resource: string): string => `arn:aws:${service}:us-east-1:000000000000:${resource}`;

/** What the stacks set by reference; limits keep the defaults of the code. */
const values: Readonly<Record<string, string>> = {
  STAGE: 'dev',
  BUILD: 'rig',
  JOBS_TABLE: names.table,
  MEDIA_BUCKET: names.bucket,
  STATE_MACHINE_ARN: arn('states', `stateMachine:${names.machine}`),
  RUNNER_FUNCTION: 'runner',
  SECRETS_PREFIX: 'kinoduct/dev/',
  WEBHOOK_KEY_ARN: arn('secretsmanager', 'secret:webhook-key'),
  USER_POOL_ID: userPoolId,
  USER_POOL_CLIENT_ID: clientId,
  SOURCE_BUCKETS: [names.archive, names.drop].join(','),
  DELIVERY_BUCKETS: [names.archive, names.drop].join(','),
  DROP_BUCKET: names.drop,
  DROP_OWNER: 'drop',
  // The cases submit more jobs than a user may on a day.
  QUOTAS: '{"userDailyJobs":0}',
};

/** The function with what of its declared environment has no default. */
const onRig = (
  { root, handler, environment, timeoutSeconds }: SynthesizedFunction,
  options: { readonly concurrency: number; readonly env?: Readonly<Record<string, string>> },
) => ({
  root,
  handler,
  timeout: timeoutSeconds,
  concurrency: options.concurrency,
  env: {
    ...Object.fromEntries(environment.flatMap((name) => (values[name] ? [[name, values[name]]] : []))),
    ...options.env,
  },
});

const createTable = async ({ tables }: Synthesized): Promise<void> => {
  const [properties] = Object.values(tables);
  const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, BillingMode } = properties ?? {};
  const wanted = { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, BillingMode, TableName: names.table };
  await new DynamoDBClient().send(new CreateTableCommand(wanted as CreateTableCommandInput)); // true: CloudFormation's words are the API's
};

const createMachine = async (synthesized: Synthesized): Promise<void> => {
  const functions = {
    WorkflowFunction: arn('lambda', 'function:workflow'),
    RunnerFunction: arn('lambda', 'function:runner'),
    TransferFunction: arn('lambda', 'function:transfer'),
  };
  await new SFNClient().send(
    new CreateStateMachineCommand({
      name: names.machine,
      definition: synthesized.definition(functions),
      roleArn: arn('iam', 'role/rig'),
    }),
  );
};

const invoke = async (functionName: string, payload: unknown): Promise<unknown> => {
  const command = new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(payload) });
  const { Payload, FunctionError } = await new LambdaClient().send(command);
  const text = Buffer.from(Payload ?? []).toString();
  if (FunctionError) throw new Error(`${functionName}: ${text}`);
  return JSON.parse(text);
};

/** What the schedule does every five minutes, every few seconds. */
const keepSweeping = (signal: AbortSignal): Promise<void> => {
  const loop = async (): Promise<void> => {
    for await (const _ of setInterval(5000, undefined, { signal })) await invoke('workflow', { step: 'reconcile' });
  };
  return loop().catch((error: unknown) => {
    if (!signal.aborted) console.error('sweeping ended', error);
  });
};

/** What the rig has not: Secrets Manager, with the secrets of the tests by their names. */
const startSecrets = (secrets: Readonly<Record<string, string>>) =>
  startLoopback(({ headers, body }) => {
    const { SecretId } = JSON.parse(body.toString()) as { SecretId?: string }; // true: the SDK sends JSON
    const isAsked = headers['x-amz-target'] === 'secretsmanager.GetSecretValue';
    const value = isAsked ? secrets[SecretId ?? ''] : undefined;
    return value
      ? { status: 200, body: { Name: SecretId, SecretString: value } }
      : { status: 400, body: { __type: 'ResourceNotFoundException', Message: 'There is no such secret.' } };
  });

const bucketOf = (Bucket: string) => ({
  put: async (Key: string, Body: Uint8Array | string) =>
    void (await new S3Client().send(new PutObjectCommand({ Bucket, Key, Body }))),
  get: async (Key: string): Promise<Buffer | undefined> => {
    try {
      const { Body } = await new S3Client().send(new GetObjectCommand({ Bucket, Key }));
      return Body && Buffer.from(await Body.transformToByteArray());
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  },
});

/** What EventBridge and the queue hand to the drop function: more than once, as they may. */
const dropped = async (key: string): Promise<void> => {
  const detail = { version: '0', bucket: { name: names.drop }, object: { key, etag: '-', sequencer: '0' } };
  const event = { source: 'aws.s3', 'detail-type': 'Object Created', detail: { ...detail, reason: 'PutObject' } };
  const records = ['1', '2'].map((messageId) => ({ messageId, body: JSON.stringify(event) }));
  const answer = await invoke('drop', { Records: records });
  const { batchItemFailures } = answer as { batchItemFailures: unknown[] }; // true: it is what the app returns
  if (batchItemFailures.length > 0) throw new Error(`the drop function failed on ${key}`);
};

const dropBucket = (): Deployment['drop'] => {
  const bucket = bucketOf(names.drop);
  return {
    owner: 'drop',
    get: bucket.get,
    put: async (key, body) => {
      await bucket.put(key, body);
      await dropped(key);
    },
  };
};

/** The first call on a machine takes a while: packages of the rig are installed. */
export const deployToRig = async (outside: Outside): Promise<Deployment> => {
  const dir = await mkdtemp(join(tmpdir(), 'kinoduct-rig-'));
  const workFolder = join(dir, 'work');
  const synthesized = await synthesize({ auth: 'cognito' });
  const { api, workflow, runner, transfer, drop } = synthesized.functions;
  if (!drop) throw new Error('the deployment has no drop function');
  const secrets = await startSecrets({
    'kinoduct/dev/outside': outsideSecret,
    'kinoduct/dev/drive': outside.drive.secret,
  });
  const reachable = { PRIVATE_HOSTS: outside.host };
  const cognito = await startCognito();
  const rig = await startRig({
    dir,
    functions: {
      // Every long poll holds a function.
      api: onRig(api, { concurrency: 20, env: { AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: cognito.url } }),
      workflow: onRig(workflow, { concurrency: 2, env: reachable }),
      drop: onRig(drop, { concurrency: 1 }),
      runner: onRig(runner, { concurrency: 2, env: { WORK_ROOT: workFolder } }),
      transfer: onRig(transfer, {
        concurrency: 2,
        env: {
          ...reachable,
          WORK_ROOT: workFolder,
          GOOGLE_DRIVE_URL: outside.drive.url,
          AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
        },
      }),
    },
  });
  for (const Bucket of [names.bucket, names.archive, names.drop])
    await new S3Client().send(new CreateBucketCommand({ Bucket }));
  await createTable(synthesized);
  await createMachine(synthesized);
  const gateway = await startGateway({
    invoke: async (event) => (await invoke('api', event)) as Answer, // true: it is what the app returns
    authorize: cognito.claimsOf,
  });
  const sweeping = new AbortController();
  const swept = keepSweeping(sweeping.signal);
  const media = s3ObjectStore({ bucket: names.bucket });
  return {
    url: gateway.url,
    workFolder,
    bucket: bucketOf(names.archive),
    drop: dropBucket(),
    token: (owner, { isAdmin } = { isAdmin: false }) => cognito.token(owner, isAdmin ? ['admin'] : []),
    objects: async () => {
      const keys: string[] = [];
      for await (const { key } of media.list('')) keys.push(key);
      return keys.toSorted();
    },
    close: async () => {
      sweeping.abort();
      await swept;
      await gateway.close();
      await rig.close();
      await cognito.close();
      await secrets.close();
      await synthesized.remove();
      await rm(dir, { recursive: true, force: true });
    },
  };
};
