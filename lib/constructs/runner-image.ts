import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { DockerImageCode } from 'aws-cdk-lib/aws-lambda';
import { type Architecture, pinnedBuild } from '#layers/ffmpeg/builds.ts';
import { layOutRunnerImage } from './runner-context.ts';

const platforms: Readonly<Record<Architecture, Platform>> = {
  x86_64: Platform.LINUX_AMD64,
  arm64: Platform.LINUX_ARM64,
};

/** For functions and for containers: one asset, because both are made alike. */
export interface RunnerImage {
  readonly code: DockerImageCode;
  readonly image: ContainerImage;
}

/**
 * Hands the image of functions/ffmpeg-runner/Dockerfile to `make`, which must put it into the construct tree. Its build
 * context is a folder of its own (runner-context.ts); in cdk.out that folder is the asset, so the very bundle that is
 * deployed can be run without Docker.
 */
export const withRunnerImage = <Made>(architecture: Architecture, make: (image: RunnerImage) => Made): Made => {
  const folder = mkdtempSync(join(tmpdir(), 'kinoduct-runner-'));
  try {
    layOutRunnerImage(folder);
    const { url, sha256 } = pinnedBuild(architecture);
    const options = { platform: platforms[architecture], buildArgs: { FFMPEG_URL: url, FFMPEG_SHA256: sha256 } };
    return make({
      code: DockerImageCode.fromImageAsset(folder, options),
      image: ContainerImage.fromAsset(folder, options),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
