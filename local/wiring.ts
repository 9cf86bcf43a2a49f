/** Kinoduct in one process: the apps that run on AWS, with adapters of this machine. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { aslInterpreter } from '#adapters/asl-interpreter/workflow.ts';
import { ffmpegMediaTools } from '#adapters/ffmpeg/media-tools.ts';
import { clearStaging } from '#adapters/filesystem/layout.ts';
import { filesystemObjectStore } from '#adapters/filesystem/object-store.ts';
import { localIdentity } from '#adapters/local-identity/identity.ts';
import { scryptPasswords } from '#adapters/local-identity/passwords.ts';
import { signedUrls } from '#adapters/filesystem/signed-urls.ts';
import { filesystemWorkspace, wipeStaleFolders } from '#adapters/filesystem/workspace.ts';
import { prometheusMetrics } from '#adapters/prometheus/metrics.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { ulidIds } from '#adapters/system/ids.ts';
import { logEventBus } from '#adapters/system/log-event-bus.ts';
import { derivedSigner } from '#adapters/system/signer.ts';
import { Looked } from '#core/ports/prober.ts';
import type { Log } from '#core/ports/log.ts';
import { Limits } from '#core/usecases/limits.ts';
import { countedJobs } from '#core/usecases/quotas.ts';
import { keepingJobs } from '#core/usecases/keep-uploads.ts';
import { measuredJobs, measureQueue } from '#core/usecases/measure-jobs.ts';
import { measuredMedia } from '#core/usecases/measure-media.ts';
import { plannerOf } from '#core/planner/planner.ts';
import { localBilling } from '#core/usecases/billing.ts';
import { rememberingProber } from '#core/usecases/known-inputs.ts';
import { ledgerJobs } from '#core/usecases/ledger.ts';
import { createApp } from '#functions/api/app.ts';
import { createRunner } from '#functions/ffmpeg-runner/app.ts';
import { defaultRunnerLimits } from '#functions/ffmpeg-runner/config.ts';
import { createTransfer } from '#functions/transfer/app.ts';
import { createWorkflow } from '#functions/workflow/app.ts';
import { assetFiles } from '#layers/assets/assets.ts';
import type { LocatedFfmpeg } from '#layers/ffmpeg/locate.ts';
import { processJob } from '#statemachines/process-job.ts';
import { localBuckets } from './buckets.ts';
import { buildId } from './build-id.ts';
import type { LocalConfig } from './config.ts';
import { openDatabase } from './database.ts';
import { recognisedBy } from './content-analysis.ts';
import { dropBucket } from './drop-folder.ts';
import { objectRoutes } from './object-routes.ts';
import { machineReadings, taskReadings } from './readings.ts';
import { signingSecret } from './secret.ts';
import { tokensOf } from './tokens.ts';
import { outside, type OutsideConfig } from './transfer-wiring.ts';

export interface PartsOptions extends OutsideConfig {
  readonly database: LocalConfig['database'];
  readonly concurrency: number;
  readonly quotas: LocalConfig['quotas'];
  readonly prices: LocalConfig['prices'];
  readonly ffmpeg: LocatedFfmpeg;
  readonly log: Log;
  /** Where the server answers; asked for when it is needed, because the port may be known later than this. */
  readonly origin: () => string;
}

/** Tasks that speak to the world outside at the same time: they wait for the network, not for a processor. */
const maxTransfers = 8;

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

const readDefinition = async (): Promise<unknown> => {
  const file = join(import.meta.dirname, '../statemachines/process-job.asl.json');
  return processJob(JSON.parse(await readFile(file, 'utf8')), { containers: 'none', recognises: true });
};

/** Files of one folder: on one file system, so that bytes are linked and not copied. */
const openFiles = async ({ dataFolder, origin }: PartsOptions) => {
  const [media, work] = [join(dataFolder, 'media'), join(dataFolder, 'work')];
  await Promise.all([clearStaging(media), wipeStaleFolders(work)]);
  const urls = signedUrls({ secret: await signingSecret(dataFolder), origin });
  return {
    urls,
    objects: filesystemObjectStore({ root: media, urls }),
    workspace: filesystemWorkspace({ root: work, assets: assetFiles }),
  };
};

/** Only one process may do this with a folder at a time: what an earlier one left half done is cleared away. */
export const buildParts = async (options: PartsOptions) => {
  const { dataFolder, ffmpeg, log } = options;
  const [stores, files, definition, build] = await Promise.all([
    openDatabase(options),
    openFiles(options),
    readDefinition(),
    buildId(ffmpeg),
  ]);
  const { objects, urls, workspace } = files;
  const limits = Limits.parse({});
  const signer = derivedSigner(() => signingSecret(dataFolder));
  const { privateHosts } = options;
  const buckets = localBuckets({ ...options.buckets, [dropBucket]: join(dataFolder, 'drop') });
  const metrics = prometheusMetrics({
    before: (kept) => measureQueue({ jobs: stores.jobs, metrics: kept, clock: systemClock }),
    readings: [...machineReadings(dataFolder), ...taskReadings(() => workflow)],
  });
  const billing = localBilling({ workers: options.concurrency, vcpus: availableParallelism() }, options.prices);
  const plan = plannerOf({ hash, billing });
  const counting = { usage: stores.usage, quotas: options.quotas, clock: systemClock, log };
  const common = {
    ...stores,
    jobs: measuredJobs(keepingJobs(countedJobs(ledgerJobs(stores.jobs, billing), counting), stores.uploads), metrics),
    billing,
    quotas: options.quotas,
    plan,
    planner: async () => plan,
    objects,
    buckets,
    signer,
    privateHosts,
    clock: systemClock,
    ids: ulidIds(),
    log,
    metrics,
    build,
    hash,
    recognises: recognisedBy(options.contentAnalysis),
  };
  const tools = ffmpegMediaTools({ ffmpegPath: ffmpeg.ffmpeg, ffprobePath: ffmpeg.ffprobe });
  const media = measuredMedia(tools, metrics);
  const runner = createRunner({ ...common, media, workspace, limits: defaultRunnerLimits });
  const transfer = createTransfer({
    ...common,
    ...outside(options, { buckets, clock: systemClock }),
    bus: logEventBus(log),
    workspace,
    limits: defaultRunnerLimits,
  });
  const workflow = aslInterpreter({
    definition,
    workflowFunction: (payload) => workflowFunction(payload),
    runnerFunction: (payload, signal) => runner(payload, { signal }),
    transferFunction: (payload, signal) => transfer(payload, { signal }),
    maxRunners: options.concurrency,
    maxTransfers,
    log,
  });
  const workflowDeps = {
    ...common,
    workflow,
    limits,
    speechProvider: 'local' as const,
  };
  const workflowFunction = createWorkflow(workflowDeps);
  const identity = localIdentity({ ...common, passwords: scryptPasswords(), tokens: tokensOf(dataFolder) });
  const app = createApp({
    ...common,
    identity,
    workflow,
    prober: rememberingProber({ look: async (object) => Looked.parse(await runner({ probe: object })) }),
    limits,
  });
  return {
    stores,
    metrics,
    workflow,
    workflowDeps,
    dropDeps: workflowDeps,
    transfer,
    app,
    objectRoutes: objectRoutes({ store: objects, urls }),
  };
};
