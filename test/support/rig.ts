/**
 * The cloud rig: S3, DynamoDB, Lambda and Step Functions on loopback, kept beside this repository in
 * `../shared/cloud-rig`. Tests that need it skip where it is missing: `describe.skipIf(!rigAvailable())`.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const repository = path.resolve(import.meta.dirname, '../..');
const source = path.resolve(repository, '../shared/cloud-rig');
const cache = path.join(repository, '.cache/cloud-rig');

export const rigAvailable = (): boolean => existsSync(path.join(source, 'package-lock.json'));

export type RigFunction = {
  /** The folder that holds the bundled function. */
  readonly root: string;
  /** `index.handler` */
  readonly handler: string;
  /** Seconds. */
  readonly timeout?: number;
  /** MiB */
  readonly memory?: number;
  readonly concurrency?: number;
  readonly env?: Readonly<Record<string, string>>;
};

export type RigOptions = {
  /** Where objects, tables and executions are kept. */
  readonly dir: string;
  readonly functions: Readonly<Record<string, RigFunction>>;
  /** The command that `ecs:runTask.sync` starts. */
  readonly task?: readonly string[];
  readonly onS3Event?: (event: unknown, rig: Rig) => void;
};

export type Rig = {
  /** Endpoints, region and credentials; set in `process.env` as well, so that clients of the SDK find the rig by themselves. */
  readonly env: Readonly<Record<string, string>>;
  readonly s3: RigS3;
  readonly sfn: unknown;
  readonly lambda: unknown;
  readonly dynamo: { readonly port: number };
  close(): Promise<void>;
};

export type RigS3 = {
  open(): Promise<void>;
  /** Resolves to the port, on 127.0.0.1. */
  listen(port?: number): Promise<number>;
  close(): Promise<void>;
};

/** The rig's Step Functions, behind the API that the SDK's client speaks. */
type RigSfn = {
  open(): Promise<unknown>;
  listen(port?: number): Promise<number>;
  close(): void;
  readonly execs: ReadonlyMap<string, { readonly done?: Promise<unknown> }>;
};

type Invoke = (functionName: string, payload: unknown, options: { readonly signal: AbortSignal }) => Promise<unknown>;

/** With the parameters of `ecs:runTask.sync`; what it throws is the state's error, by its name. */
type RunContainer = (parameters: unknown, options: { readonly signal: AbortSignal }) => Promise<unknown>;

type Modules = {
  readonly Sfn: new (options: {
    readonly dir: string;
    readonly integrations: { readonly lambda: Invoke; readonly ecsRunTask?: RunContainer | undefined };
    readonly credentials: Readonly<Record<string, string>>;
    readonly region: string;
  }) => RigSfn;
  readonly startRig: (options: RigOptions) => Promise<Rig>;
  readonly S3Server: new (options: {
    readonly dir: string;
    readonly credentials: Readonly<Record<string, string>>;
    readonly region: string;
  }) => RigS3;
};

/** Changes with every file of the rig. */
const versionOf = async (folder: string): Promise<string> => {
  const hash = createHash('sha256');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const file of entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort())
    hash.update(path.relative(folder, file)).update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
};

/** A copy of the rig with its packages installed, made once per version; several test processes may ask at the same time. */
const prepare = async (): Promise<string> => {
  const target = path.join(cache, await versionOf(source));
  if (existsSync(target)) return target;
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(path.join(cache, 'draft-'));
  try {
    await cp(source, draft, { recursive: true });
    await writable(draft);
    await promisify(execFile)('npm', ['ci', '--omit=dev', '--no-audit', '--no-fund'], { cwd: draft });
    await rename(draft, target).catch((error: unknown) => {
      if (!existsSync(target)) throw error; // another process was faster
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return target;
};

const writable = async (folder: string): Promise<void> => {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isDirectory()) await chmod(path.join(entry.parentPath, entry.name), 0o755);
};

const load = async <K extends keyof Modules>(file: string, name: K): Promise<Modules[K]> => {
  const address = pathToFileURL(path.join(await prepare(), 'src', file)).href;
  const loaded: Pick<Modules, K> = await import(/* @vite-ignore */ address);
  return loaded[name];
};

/** The whole rig. The first call on a machine installs its packages and takes some seconds. */
export const startRig = async (options: RigOptions): Promise<Rig> => (await load('rig.mjs', 'startRig'))(options);

/** Only S3, without touching `process.env`. */
export const startRigS3 = async (
  dir: string,
): Promise<{
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  close(): Promise<void>;
}> => {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local-secret' };
  const region = 'us-east-1';
  const S3Server = await load('s3.mjs', 'S3Server');
  const server = new S3Server({ dir, credentials: { [credentials.accessKeyId]: credentials.secretAccessKey }, region });
  await server.open();
  const port = await server.listen();
  return { endpoint: `http://127.0.0.1:${port}`, region, credentials, close: () => server.close() };
};

/** Only Step Functions, without touching `process.env`; `invoke` plays Lambda, `ecsRunTask` ECS. `idle` resolves when every execution has ended. */
export const startRigSfn = async (
  dir: string,
  invoke: Invoke,
  ecsRunTask?: RunContainer,
): Promise<{
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  idle(): Promise<void>;
  close(): void;
}> => {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local-secret' };
  const region = 'us-east-1';
  const Sfn = await load('sfn.mjs', 'Sfn');
  const server = new Sfn({
    dir,
    integrations: { lambda: invoke, ecsRunTask },
    credentials: { [credentials.accessKeyId]: credentials.secretAccessKey },
    region,
  });
  await server.open();
  const port = await server.listen();
  return {
    endpoint: `http://127.0.0.1:${port}`,
    region,
    credentials,
    idle: async () => {
      for (const { done } of server.execs.values()) await done;
    },
    close: () => server.close(),
  };
};
