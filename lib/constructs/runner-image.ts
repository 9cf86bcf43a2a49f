import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { DockerImageCode } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
import { assetFiles } from '#layers/assets/assets.ts';
import { type Architecture, pinnedBuild } from '#layers/ffmpeg/builds.ts';
import { repository } from '../repository.ts';
import { requireForModules } from './require-for-modules.ts';

const platforms: Readonly<Record<Architecture, Platform>> = {
  x86_64: Platform.LINUX_AMD64,
  arm64: Platform.LINUX_ARM64,
};

const source = 'functions/ffmpeg-runner';

/**
 * The runner bundled with everything it imports, the AWS SDK too, so that the image needs no network but for FFmpeg, and
 * changes only when our code, the Dockerfile or the pinned FFmpeg do.
 */
const bundle = (folder: string): void => {
  buildSync({
    absWorkingDir: repository(),
    entryPoints: { runner: `${source}/runner.lambda.ts`, task: `${source}/runner.task.ts` },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
    banner: { js: requireForModules },
  });
};

/**
 * Hands the image of functions/ffmpeg-runner/Dockerfile to `make`, which must put it into the construct tree. Its build
 * context is a folder of its own with the Dockerfile, `vendor/`, `assets/`, `runner.mjs` and `task.mjs`; in cdk.out that folder is the asset,
 * so the very bundle that is deployed can be run without Docker.
 */
export const withRunnerImage = <Made>(architecture: Architecture, make: (code: DockerImageCode) => Made): Made => {
  const folder = mkdtempSync(join(tmpdir(), 'kinoduct-runner-'));
  try {
    for (const part of ['Dockerfile', 'vendor'])
      cpSync(repository(`${source}/${part}`), join(folder, part), { recursive: true });
    for (const [name, file] of Object.entries(assetFiles)) cpSync(file, join(folder, 'assets', name));
    bundle(folder);
    const { url, sha256 } = pinnedBuild(architecture);
    return make(
      DockerImageCode.fromImageAsset(folder, {
        platform: platforms[architecture],
        buildArgs: { FFMPEG_URL: url, FFMPEG_SHA256: sha256 },
      }),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
