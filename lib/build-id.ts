import { FileSystem } from 'aws-cdk-lib';
import { type Architecture, pinnedBuild } from '#layers/ffmpeg/builds.ts';
import { repository } from './repository.ts';

/**
 * Names what the bytes of outputs depend on beside their job: the planner with its FFmpeg arguments, and FFmpeg itself.
 * What another build made is not given out as this one's.
 */
export const buildId = (architecture: Architecture): string =>
  `${FileSystem.fingerprint(repository('core')).slice(0, 32)}-${pinnedBuild(architecture).sha256.slice(0, 16)}`;
