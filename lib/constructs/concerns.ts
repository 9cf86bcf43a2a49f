/** What nobody would see otherwise, and when it is bad enough for an alarm. docs/operations.md says what to do about each. */
import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { FailureCode } from '#core/failures.ts';
import type { DeployConfig } from '../config.ts';
import type { Watched } from './dashboard.ts';
import { measured } from './measured.ts';

export interface Concern {
  readonly id: string;
  readonly metric: IMetric;
  /** The alarm rings above this. */
  readonly most: number;
  /** What it means. */
  readonly description: string;
  /** The heading of docs/operations.md, as links name it. */
  readonly runbook: string;
}

const period = Duration.minutes(5);
const hour = Duration.hours(1);
/** A job that is over its time is ended by the next sweep, and told of by the measurement after it. */
const sweepSeconds = 900;

const fault: FailureCode = 'platform.internal';

/** Failures that are nobody's fault but the deployment's. */
const ownFailures = (config: DeployConfig): IMetric =>
  new MathExpression({
    expression: 'SUM([jobs, tasks])', // of those that there are
    label: fault,
    period,
    usingMetrics: {
      jobs: measured(config, 'job_failures_total', { statistic: 'Sum', period, of: { code: fault } }),
      tasks: measured(config, 'worker_failure_rate_total', { statistic: 'Sum', period, of: { code: fault } }),
    },
  });

const ofServices = ({ api, stateMachine, deadLetterQueue, failedDrops, functions }: Watched): readonly Concern[] => [
  {
    id: 'Undelivered',
    metric: deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period }),
    most: 0,
    description: 'The workflow function failed on an event several times.',
    runbook: 'undelivered-events',
  },
  ...(failedDrops
    ? [
        {
          id: 'FailedDrops',
          metric: failedDrops.metricApproximateNumberOfMessagesVisible({ period }),
          most: 0,
          description: 'Dropped files could not be made jobs after several tries.',
          runbook: 'failed-drops',
        },
      ]
    : []),
  {
    id: 'ExecutionsTimedOut',
    metric: stateMachine.metricTimedOut({ period }),
    most: 0,
    description: 'A job ran into the time limit of its execution.',
    runbook: 'executions-timed-out',
  },
  {
    id: 'ApiErrors',
    metric: api.metricServerError({ period }),
    most: 5,
    description: 'The API answered 5xx.',
    runbook: 'the-api-answers-5xx',
  },
  ...Object.entries(functions).map(([name, target]) => ({
    id: `${name}Throttled`,
    metric: target.metricThrottles({ period }),
    most: 10,
    description: `${name}: more calls than the concurrency of the function or of the account allows.`,
    runbook: 'a-function-is-throttled',
  })),
];

const ofJobs = (config: DeployConfig): readonly Concern[] => [
  {
    id: 'OwnFailures',
    metric: ownFailures(config),
    most: 0,
    description: `Jobs or tasks failed with ${fault}, which is never the fault of what was sent.`,
    runbook: 'failures-of-our-own',
  },
  {
    id: 'JobStuck',
    metric: measured(config, 'queue_oldest_age_seconds', { statistic: 'Maximum', period }),
    most: config.jobSeconds + config.uploadUrlSeconds + sweepSeconds,
    description: 'A job is older than any job may become.',
    runbook: 'a-job-is-stuck',
  },
  {
    id: 'ManyJobs',
    metric: measured(config, 'api_ingestion_rate_total', { statistic: 'Sum', period: hour }),
    most: config.alarmJobsPerHour,
    description: 'More jobs within an hour than alarmJobsPerHour.',
    runbook: 'many-jobs',
  },
  {
    id: 'Cost',
    metric: measured(config, 'job_cost_usd', { statistic: 'Sum', period: hour }),
    most: config.alarmUsdPerHour,
    description: 'The jobs that ended within an hour cost more than alarmUsdPerHour.',
    runbook: 'cost',
  },
];

export const concerns = (config: DeployConfig, watched: Watched): readonly Concern[] => [
  ...ofServices(watched),
  ...ofJobs(config),
];
