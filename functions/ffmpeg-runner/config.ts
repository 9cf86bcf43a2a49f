import * as z from 'zod';
import { BillingConfig } from '#core/usecases/billing.ts';
import { QuotaConfig } from '#core/usecases/quotas.ts';
import { storesConfig } from '#functions/stores-config.ts';

const whole = (least: number, value: number) => z.coerce.number().int().min(least).default(value);

/** The environment of the runner's function and task. */
export const RunnerConfig = z.object({
  /** Of the deployment; metrics name it. */
  STAGE: z.string().min(1),
  ...storesConfig,
  MEDIA_BUCKET: z.string().min(1),
  /** Names that PATH resolves, or absolute paths. */
  FFMPEG_PATH: z.string().min(1).default('ffmpeg'),
  FFPROBE_PATH: z.string().min(1).default('ffprobe'),
  /** Where the files that ship with the deployment lie; beside the bundle where it is left out. */
  ASSETS_FOLDER: z.string().startsWith('/').optional(),
  /** Where scratch folders are made. */
  WORK_ROOT: z.string().startsWith('/').default('/tmp/kinoduct'),
  MAX_INPUT_BYTES: whole(1, 20 * 2 ** 30),
  MAX_INPUT_SECONDS: whole(1, 36_000),
  /** Of one picture: 8192 × 4352. FFmpeg itself is held to the same (core/ffmpeg/hardened.ts). */
  MAX_INPUT_PIXELS: whole(4, 35_651_584),
  /** Of larger MP4 and MOV inputs only the header is read when they are fetched. */
  WHOLE_INPUT_BYTES: whole(0, 64 * 2 ** 20),
  /** FFmpeg is ended when for so long it has neither written anything nor used any CPU. */
  STALL_SECONDS: whole(5, 120),
  /** Of a container: whether it runs on spare capacity. The state machine says so, which asks for it. */
  SPOT: z.stringbool().optional(),
  ...BillingConfig.shape,
  ...QuotaConfig.shape,
});
export type RunnerConfig = z.output<typeof RunnerConfig>;

type Limited = Pick<
  RunnerConfig,
  'MAX_INPUT_BYTES' | 'MAX_INPUT_SECONDS' | 'MAX_INPUT_PIXELS' | 'WHOLE_INPUT_BYTES' | 'STALL_SECONDS'
>;

export const runnerLimits = (config: Limited) => ({
  maxBytes: config.MAX_INPUT_BYTES,
  maxSeconds: config.MAX_INPUT_SECONDS,
  maxPixels: config.MAX_INPUT_PIXELS,
  wholeBytes: config.WHOLE_INPUT_BYTES,
  stallSeconds: config.STALL_SECONDS,
});

/** What holds where nothing is configured. */
export const defaultRunnerLimits = runnerLimits(RunnerConfig.parse({ STAGE: '-', JOBS_TABLE: '-', MEDIA_BUCKET: '-' }));
