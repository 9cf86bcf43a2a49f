/** What runs FFmpeg: a function, and containers where the deployment has some. */
import { Duration, type Stack } from 'aws-cdk-lib';
import { Architecture, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { RunnerConfig } from '#functions/ffmpeg-runner/config.ts';
import { billingEnv, quotaEnv } from '../billing-env.ts';
import type { DeployConfig } from '../config.ts';
import type { EnvOf } from '../env-of.ts';
import { containerNetwork } from './container-network.ts';
import { type Containers, containers } from './containers.ts';
import * as may from './grants.ts';
import { type RunnerImage, withRunnerImage } from './runner-image.ts';
import { imageFunction } from './service-function.ts';
import type { Stores } from './stores.ts';

interface RunnerNeeds {
  readonly media: IBucket;
  readonly stores: Stores;
}

/** What the runner is told and allowed, as a function and as a container. */
const ofRunner = (config: DeployConfig, { media, stores }: RunnerNeeds) => ({
  environment: {
    STAGE: config.stage,
    ...stores.environment,
    MEDIA_BUCKET: media.bucketName,
    MAX_INPUT_BYTES: String(config.maxUploadBytes),
    ...billingEnv(config),
    ...quotaEnv(config),
  } satisfies EnvOf<typeof RunnerConfig>,
  // It can decode hostile files, so it can neither remove anything nor write over an upload.
  allows: [
    may.readObjects(media, 'uploads', 'outputs', 'work', 'media'),
    may.writeObjects(media, 'outputs', 'work'),
    may.listObjects(media),
    ...stores.readAndWrite,
  ],
});

const runnerFunctionOf = (
  stack: Stack,
  config: DeployConfig,
  needs: RunnerNeeds,
  { code }: Pick<RunnerImage, 'code'>,
): LambdaFunction =>
  imageFunction(stack, 'Runner', {
    config,
    code,
    description: 'Carries out one task of a job with FFmpeg',
    architecture: config.runnerArchitecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
    memorySize: config.runnerMemoryMb,
    ephemeralStorageMb: config.runnerStorageMb,
    timeout: Duration.minutes(15),
    concurrency: config.runnerConcurrency,
    place: needs.stores.place('nothing'),
    ...ofRunner(config, needs),
  });

const containersOf = (
  stack: Stack,
  config: DeployConfig,
  needs: RunnerNeeds,
  { image }: Pick<RunnerImage, 'image'>,
): Containers => {
  const place = needs.stores.place('image');
  return containers(stack, {
    config,
    image,
    place: place ?? containerNetwork(stack, config, needs.media),
    hasPublicAddress: place === undefined,
    ...ofRunner(config, needs),
  });
};

export interface Runner {
  readonly function: LambdaFunction;
  /** Undefined where the deployment has none. */
  readonly containers: Containers | undefined;
}

export const runner = (stack: Stack, config: DeployConfig, needs: RunnerNeeds): Runner =>
  withRunnerImage(config.runnerArchitecture, (image) => ({
    function: runnerFunctionOf(stack, config, needs, image),
    containers: config.fargate ? containersOf(stack, config, needs, image) : undefined,
  }));
