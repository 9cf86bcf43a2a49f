/** The runner's image, built from its Dockerfile on a base of our own, and run as Lambda and Fargate run it. */
import { randomUUID } from 'node:crypto';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layOutRunnerImage } from '#lib/constructs/runner-context.ts';
import { type Engine, noEngine, openEngine } from './engine.ts';
import { importLambdaBase, noBase } from './lambda-base.ts';
import { startRuntimeApi } from './runtime-api.ts';
import { vendoredFfmpeg } from './vendored-ffmpeg.ts';

/** Why the image cannot be built and run here; undefined where it can. */
export const noImage = (): string | undefined => noEngine() ?? noBase();

const memoryMb = 3008;

/** No root, nothing to write but /tmp, no privileges. */
const confined = [
  ...['--read-only', '--user', '993:990', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
  ...['--pids-limit', '1024', '--memory', `${memoryMb}m`, '--memory-swap', `${memoryMb}m`],
];

/** A function's /tmp is its own; a task's is a volume, which belongs to whom the image says, and process 1 is not ours. */
const start = {
  function: ['--tmpfs', '/tmp:rw,nosuid,nodev,exec,size=2g,mode=1777'],
  task: ['--init', '--volume', '/tmp'],
};

export interface ContainerOptions {
  readonly as: keyof typeof start;
  readonly env?: Readonly<Record<string, string>>;
  readonly entrypoint?: string;
  readonly words?: readonly string[];
  /** Files and folders of this machine, for the container to read, by where it sees them. */
  readonly mounts?: Readonly<Record<string, string>>;
}

export interface Container {
  /** Of its first process, on this machine. */
  pid(): Promise<number>;
  /** Resolves to the exit code. */
  ended(): Promise<number>;
  /** SIGTERM, and SIGKILL after so many seconds. */
  stop(seconds: number): Promise<void>;
  /** Everything it printed. */
  log(): Promise<string>;
  remove(): Promise<void>;
}

export interface RunnerImage {
  readonly engine: Engine;
  readonly tag: string;
  readonly baseTag: string;
  /** The one address outside of a container that it reaches: this machine's end of its network. */
  readonly gateway: string;
  run(options: ContainerOptions): Promise<Container>;
  close(): Promise<void>;
}

/** A network that leads nowhere but to this machine. */
const makeNetwork = async (engine: Engine, name: string): Promise<string> => {
  await engine.docker('network', 'create', '--driver', 'bridge', '--internal', name);
  return engine.docker('network', 'inspect', '--format', '{{(index .IPAM.Config 0).Gateway}}', name);
};

const build = async (engine: Engine, tag: string, baseTag: string): Promise<void> => {
  const context = await mkdtemp(join(tmpdir(), 'kinoduct-image-'));
  try {
    const { archive, sha256 } = await vendoredFfmpeg(engine, baseTag);
    layOutRunnerImage(context);
    await copyFile(archive, join(context, 'vendor/ffmpeg.tar.xz'));
    const values = { BASE_IMAGE: baseTag, FFMPEG_URL: 'https://ffmpeg.invalid/', FFMPEG_SHA256: sha256 };
    const given = Object.entries(values).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
    await engine.docker('build', '--quiet', '--network', 'none', '--tag', tag, ...given, context);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
};

const containerOf = (engine: Engine, id: string): Container => ({
  pid: async () => Number(await engine.docker('inspect', '--format', '{{.State.Pid}}', id)),
  ended: async () => Number(await engine.docker('wait', id)),
  stop: async (seconds) => void (await engine.docker('stop', '--time', String(seconds), id)),
  log: () => engine.docker('logs', id),
  remove: async () => void (await engine.docker('rm', '--force', '--volumes', id)),
});

/** The first call on a machine takes a quarter of an hour: the base is made, and FFmpeg is built. */
export const openRunnerImage = async (): Promise<RunnerImage> => {
  const engine = await openEngine();
  const mark = randomUUID().slice(0, 8);
  const [tag, baseTag, network] = [`kinoduct-runner:${mark}`, `kinoduct-base:${mark}`, `kinoduct-${mark}`];
  const containers = new Set<Container>();
  const close = async (): Promise<void> => {
    await Promise.allSettled([...containers].map((container) => container.remove()));
    for (const words of [
      ['network', 'rm', network],
      ['image', 'rm', '--force', tag, baseTag],
    ])
      await engine.docker(...words).catch(() => undefined); // it may never have been made
    await engine.close();
  };
  try {
    await importLambdaBase(engine, baseTag);
    await build(engine, tag, baseTag);
    const gateway = await makeNetwork(engine, network);
    const run = async ({ as, env = {}, entrypoint, words = [], mounts = {} }: ContainerOptions): Promise<Container> => {
      const id = await engine.docker(
        ...['run', '--detach', '--network', network, ...confined, ...start[as]],
        ...Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
        ...Object.entries(mounts).flatMap(([inside, path]) => ['--volume', `${path}:${inside}:ro`]),
        ...(entrypoint ? ['--entrypoint', entrypoint] : []),
        ...[tag, ...words],
      );
      const container = containerOf(engine, id);
      containers.add(container);
      return container;
    };
    return { engine, tag, baseTag, gateway, run, close };
  } catch (error) {
    await close();
    throw error;
  }
};

/** As Lambda starts a function: the entrypoint and the command of the image, with the Runtime API to talk to. */
export const runAsLambda = async (
  image: RunnerImage,
  env: Readonly<Record<string, string>>,
  /** Another handler than the image's. */
  other: Pick<ContainerOptions, 'words' | 'mounts'> = {},
) => {
  const api = await startRuntimeApi(image.gateway);
  const container = await image.run({
    ...other,
    as: 'function',
    env: {
      AWS_LAMBDA_RUNTIME_API: api.address,
      AWS_LAMBDA_FUNCTION_NAME: 'runner',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/runner',
      AWS_LAMBDA_LOG_STREAM_NAME: 'test',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      ...env,
    },
  });
  return {
    ...api,
    container,
    close: async () => {
      await container.remove();
      await api.close();
    },
  };
};

/** As Fargate starts a task (lib/constructs/containers.ts): another entrypoint, and the payload as its argument. */
export const runAsTask = (image: RunnerImage, env: Readonly<Record<string, string>>, payload: unknown) =>
  image.run({
    as: 'task',
    env,
    entrypoint: '/var/lang/bin/node',
    words: ['/var/task/task.mjs', JSON.stringify(payload)],
  });
