/**
 * A base image laid out as AWS's base for Node.js (public.ecr.aws/lambda/nodejs), made of packages, for machines that
 * cannot pull it: a minimal Debian, the node that runs this, and Lambda's own runtime interface client.
 */
import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Engine } from './engine.ts';

const run = promisify(execFile);
const cache = join(import.meta.dirname, '../../.cache/lambda-base');

/** Debian 13. */
const suite = 'trixie';

/** As of version 4 it wants node 22 or newer. */
const client = 'aws-lambda-ric@4.0.2';

/** The client's native part is compiled. */
const builders = [
  'debootstrap',
  'strip',
  'autoconf',
  'automake',
  'libtoolize',
  'cmake',
  'make',
  'g++',
  'python3',
  'tar',
];

/** Why no base can be made here; undefined where it can. */
export const noBase = (): string | undefined => {
  const missing = builders.filter((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0);
  if (missing.length > 0) return `there is no ${missing.join(', ')} (apt-get install debootstrap and a C++ toolchain)`;
  return process.getuid?.() === 0 ? undefined : 'debootstrap wants root';
};

/** What AWS's image starts: the handler's name is its argument. */
const entrypoint = `#!/bin/sh
if [ $# -ne 1 ]; then
  echo 'entrypoint requires the handler name to be the first argument' >&2
  exit 142
fi
export _HANDLER="$1"
exec /var/runtime/bootstrap
`;

/** The share of memory that AWS's bootstrap gives to the heap. */
const bootstrap = `#!/bin/sh
heap=$((\${AWS_LAMBDA_FUNCTION_MEMORY_SIZE:-128} * 9 / 10))
export NODE_PATH=/opt/nodejs/node24/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules
exec env AWS_EXECUTION_ENV=AWS_Lambda_nodejs24.x /var/lang/bin/node --expose-gc --max-semi-space-size=$((heap * 5 / 100)) --max-old-space-size=$heap /var/runtime/index.mjs
`;

const settings = [
  'ENV PATH=/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
  'ENV LD_LIBRARY_PATH=/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib',
  'ENV LANG=en_US.UTF-8 TZ=:/etc/localtime LAMBDA_TASK_ROOT=/var/task LAMBDA_RUNTIME_DIR=/var/runtime',
  'WORKDIR /var/task',
  'ENTRYPOINT ["/lambda-entrypoint.sh"]',
];

/** Of no use to a container, and not in AWS's image either. Of the documents, the licences stay. */
const superfluous = ['usr/share/man', 'usr/share/locale', 'usr/share/info', 'var/cache/apt', 'var/lib/apt/lists'];

/** The two files of Lambda's client that are needed when it runs; compiling it takes minutes, so they are kept. */
const runtimeClient = async (): Promise<string> => {
  const kept = join(cache, `${client.replace('@', '-')}-${process.arch}`);
  if (existsSync(kept)) return kept;
  const scratch = await mkdtemp(join(cache, 'client-'));
  try {
    const env = { ...process.env, PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) };
    const words = ['install', '--prefix', scratch, '--no-audit', '--no-fund', '--no-save', client];
    await run('npm', words, { cwd: scratch, env, maxBuffer: 2 ** 26 });
    await mkdir(join(scratch, 'runtime'));
    for (const name of ['index.mjs', 'rapid-client.node'])
      await copyFile(join(scratch, 'node_modules/aws-lambda-ric', name), join(scratch, 'runtime', name));
    await rename(join(scratch, 'runtime'), kept);
    return kept;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

const make = async (file: string): Promise<void> => {
  const scratch = await mkdtemp(join(cache, 'draft-'));
  const root = join(scratch, 'root');
  try {
    // What the build stage of the Dockerfile needs; on AWS's base it installs it.
    await run('debootstrap', ['--variant=minbase', '--include=xz-utils,libstdc++6', suite, root], {
      maxBuffer: 2 ** 26,
    });
    for (const folder of superfluous) await rm(join(root, folder), { recursive: true, force: true });
    await run('find', [join(root, 'usr/share/doc'), '-type', 'f', '-not', '-name', 'copyright', '-delete']);
    await mkdir(join(root, 'var/lang/bin'), { recursive: true });
    await mkdir(join(root, 'var/task'), { recursive: true });
    await mkdir(join(root, 'opt'), { recursive: true });
    await run('strip', ['-o', join(root, 'var/lang/bin/node'), process.execPath]);
    await cp(await runtimeClient(), join(root, 'var/runtime'), { recursive: true });
    for (const [name, text] of Object.entries({
      'lambda-entrypoint.sh': entrypoint,
      'var/runtime/bootstrap': bootstrap,
    })) {
      await writeFile(join(root, name), text);
      await chmod(join(root, name), 0o755);
    }
    await run('tar', ['--create', '--numeric-owner', '--file', join(scratch, 'base.tar'), '--directory', root, '.']);
    await rename(join(scratch, 'base.tar'), file);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

/** Makes the base once a machine, which takes two to three minutes, and gives it to the engine under `tag`. */
export const importLambdaBase = async (engine: Engine, tag: string): Promise<void> => {
  const recipe = JSON.stringify([suite, client, process.version, process.arch, entrypoint, bootstrap, superfluous]);
  const file = join(cache, `${createHash('sha256').update(recipe).digest('hex').slice(0, 16)}.tar`);
  await mkdir(cache, { recursive: true });
  if (!existsSync(file)) await make(file);
  await engine.docker('import', ...settings.flatMap((setting) => ['--change', setting]), file, tag);
};
