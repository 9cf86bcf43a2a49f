/** What an idle month and a busy one cost, for docs/deploy.md: recomputed from the prices and the predictions of plans. */
import { createHash } from 'node:crypto';
import { inputTasks } from '#core/inputs/index.ts';
import { canonicalize } from '#core/job/canonical.ts';
import { JobSpec } from '#core/job/spec.ts';
import { predictAudio, predictProbe, predictVideo } from '#core/outputs/predict.ts';
import { plan } from '#core/planner/plan.ts';
import { previewOf } from '#core/planner/preview.ts';
import { listPrices } from '#core/planner/prices.ts';
import { presets } from '#core/presets/index.ts';
import { BillingConfig, billingOf } from '#core/usecases/billing.ts';
import type { Template, Templates } from './templates-of-aws.ts';

/** What the table of core/planner/prices.ts leaves out, because no job is charged for it: us-east-1, of the same day. */
const standing = {
  dashboard: { usd: 3, per: 'month', source: 'https://aws.amazon.com/cloudwatch/pricing/' },
  alarm: { usd: 0.1, per: 'month', source: 'https://aws.amazon.com/cloudwatch/pricing/' },
  metric: { usd: 0.3, per: 'month', source: 'https://aws.amazon.com/cloudwatch/pricing/' },
  logGb: { usd: 0.5, per: 'GB', source: 'https://aws.amazon.com/cloudwatch/pricing/' },
  trace: { usd: 0.000_005, per: 'trace', source: 'https://aws.amazon.com/xray/pricing/' },
  secret: { usd: 0.4, per: 'month', source: 'https://aws.amazon.com/secrets-manager/pricing/' },
  imageGb: { usd: 0.1, per: 'GB-month', source: 'https://aws.amazon.com/ecr/pricing/' },
} as const;

/** Assumed of what the clock starts: it asks the table, finds nothing to do, and ends. */
const idleRun = { seconds: 0.3, readUnits: 5, logBytes: 1000 } as const;
/** Of the queue: jobs queued, jobs running, age of the oldest. Others have values only where something happens. */
const idleMetrics = 3;
const imageGb = 0.5;
const minutesOfMonth = 30 * 24 * 60;

const dollars = (usd: number): string =>
  usd >= 100 ? `$${Math.round(usd)}` : usd >= 0.1 ? `$${usd.toFixed(2)}` : `$${usd.toPrecision(2)}`;

const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const ofType = ({ Resources }: Template, type: string) => Object.values(Resources).filter(({ Type }) => Type === type);

/** Runs of functions that the clock starts in a month, by the minutes between them. */
const clockRuns = (templates: Templates): number =>
  Object.values(templates)
    .flatMap((template) => ofType(template, 'AWS::Events::Rule'))
    .map(({ Properties }) => /^rate\((\d+) minutes?\)$/.exec(String(Properties?.['ScheduleExpression']))?.[1])
    .reduce((sum, minutes) => sum + (minutes === undefined ? 0 : minutesOfMonth / Number(minutes)), 0);

/** Of a deployment that nobody uses, without the free tier. */
export const idleMonth = (templates: Templates): string => {
  const count = (type: string): number =>
    Object.values(templates).reduce((sum, template) => sum + ofType(template, type).length, 0);
  const runs = clockRuns(templates);
  const { lambdaGbSecondX86, lambdaRequest, dynamoRead, asOf } = listPrices;
  const [alarms, dashboards, secrets] = [
    count('AWS::CloudWatch::Alarm'),
    count('AWS::CloudWatch::Dashboard'),
    count('AWS::SecretsManager::Secret'),
  ];
  const items: readonly (readonly [what: string, usd: number])[] = [
    [
      `${Math.round(runs / 1000)} thousand runs of functions by the clock, of ${idleRun.seconds} s at 1 GB`,
      runs * (idleRun.seconds * lambdaGbSecondX86 + lambdaRequest),
    ],
    ['what they read in the table', runs * idleRun.readUnits * dynamoRead],
    ['their logs and traces', runs * ((idleRun.logBytes / 1e9) * standing.logGb.usd + standing.trace.usd)],
    [
      `${dashboards} dashboard, ${alarms} alarms, ${idleMetrics} metrics`,
      dashboards * standing.dashboard.usd + alarms * standing.alarm.usd + idleMetrics * standing.metric.usd,
    ],
    [`${secrets} secret`, secrets * standing.secret.usd],
    [`the runner’s image, ${imageGb} GB`, imageGb * standing.imageGb.usd],
  ];
  return [
    row('an idle month', 'USD'),
    '|---|---:|',
    ...items.map(([what, usd]) => row(what, dollars(usd))),
    row('**together**, before the free tier', `**${dollars(items.reduce((sum, [, usd]) => sum + usd, 0))}**`),
    '',
    `List prices of us-east-1 as of ${asOf}.`,
  ].join('\n');
};

const minute = 60;
const film = (seconds: number) =>
  predictProbe({
    container: 'mov',
    seconds,
    video: predictVideo({ width: 1920, height: 1080, codec: 'h264', fps: { num: 30, den: 1 }, seconds }),
    audio: predictAudio({ index: 1, codec: 'aac', channels: 2, sampleRate: 48_000, seconds }),
  });

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** What a plan of these outputs of a 1080p film of 8 Mbit/s says. */
const planned = (outputs: Record<string, unknown>, seconds: number) => {
  const bytes = (seconds * 8e6) / 8;
  const probes = { film: { ...film(seconds), bytes } };
  const job = canonicalize(JobSpec.parse({ inputs: { film: 'upl_01J9ZK3V8Q6X4T2N7M5R1W0YBD' }, outputs }), presets);
  const tasks = inputTasks(
    Object.entries(job.inputs).map(([name, input]) => ({
      name,
      input,
      object: { key: 'uploads/film', etag: '"0"', bytes },
      missing: undefined,
    })),
  );
  const { cost, predicted } = previewOf({
    plan: plan({ job, probes, findings: {}, hash: sha256 }),
    ...tasks,
    probes,
    kept: new Set(job.order),
    deliveries: 0,
    billing: billingOf(BillingConfig.parse({})),
  });
  return { usd: cost.estimate ?? 0, bytes: predicted.bytes.expected };
};

const web = { web: { type: 'video', from: 'film', size: { shortSide: 720 }, encode: 'mp4' }, poster: 'thumb' };
const stream = { ...web, stream: { type: 'stream', from: 'film', formats: ['hls', 'dash'] }, board: 'storyboard' };

const jobs = [
  { what: 'a minute of 1080p to a 720p MP4 and a poster', outputs: web, minutes: 1 },
  { what: 'ten minutes of 1080p to the same', outputs: web, minutes: 10 },
  { what: 'ten minutes of 1080p to HLS and DASH, a 720p MP4, a poster and a storyboard', outputs: stream, minutes: 10 },
  { what: 'an hour of 1080p to the same', outputs: stream, minutes: 60 },
] as const;

const busyJobs = 1000;

/** What jobs cost as they are planned, and a month of a thousand of them. */
export const busyMonth = (): string => {
  const shown = jobs.map(({ what, outputs, minutes }) => ({ what, ...planned(outputs, minutes * minute) }));
  const many = shown[2];
  if (!many) throw new Error('there is no third job');
  return [
    row('job', 'one', `${busyJobs} in a month`),
    '|---|---:|---:|',
    ...shown.map(({ what, usd }) => row(what, dollars(usd), dollars(usd * busyJobs))),
    '',
    `As planned for runners of ${BillingConfig.parse({}).RUNNER_MEMORY_MB} MB, with one month of storage, at the list prices of us-east-1 as of ${listPrices.asOf}. ` +
      `For comparison: one HD rendition of ten minutes is ${dollars(10 * listPrices.mediaconvertHdMinute)} at the basic tier of MediaConvert.`,
  ].join('\n');
};
