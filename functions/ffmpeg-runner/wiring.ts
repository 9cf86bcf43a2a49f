import { join } from 'node:path';
import { emfMetrics } from '#adapters/cloudwatch/metrics.ts';
import { ffmpegMediaTools } from '#adapters/ffmpeg/media-tools.ts';
import { filesystemWorkspace } from '#adapters/filesystem/workspace.ts';
import { s3ObjectStore } from '#adapters/s3/object-store.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { ulidIds } from '#adapters/system/ids.ts';
import { lambdaLog, print } from '#adapters/system/lambda.ts';
import { type Asset, assetsFolder } from '#core/job/plan.ts';
import { billingOf } from '#core/usecases/billing.ts';
import { measuredMedia } from '#core/usecases/measure-media.ts';
import type { RunTaskDeps } from '#core/usecases/task-run.ts';
import { openStores } from '#functions/stores-wiring.ts';
import { type RunnerConfig, runnerLimits } from './config.ts';

/** The bundle is one file; lib/constructs/runner-context.ts puts the folder beside it. */
const besideBundle = join(import.meta.dirname, assetsFolder);

const assetsIn = (folder: string) => ({ 'sans.ttf': join(folder, 'sans.ttf') }) satisfies Record<Asset, string>;

export const awsDeps = async (config: RunnerConfig): Promise<RunTaskDeps> => {
  const metrics = emfMetrics({ stage: config.STAGE, write: print });
  const stores = await openStores(config);
  return {
    jobs: stores.jobs,
    library: stores.library,
    objects: s3ObjectStore({ bucket: config.MEDIA_BUCKET }),
    media: measuredMedia(
      ffmpegMediaTools({ ffmpegPath: config.FFMPEG_PATH, ffprobePath: config.FFPROBE_PATH }),
      metrics,
    ),
    workspace: filesystemWorkspace({ root: config.WORK_ROOT, assets: assetsIn(config.ASSETS_FOLDER ?? besideBundle) }),
    clock: systemClock,
    ids: ulidIds(),
    log: lambdaLog(),
    metrics,
    billing: billingOf(config),
    usage: stores.usage,
    quotas: config.QUOTAS,
    limits: runnerLimits(config),
    spot: config.SPOT,
  };
};
