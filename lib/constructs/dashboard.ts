/** What one looks at first: the dashboard of a stage, from top to bottom in the order of a job. */
import { Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type GraphWidgetProps,
  type IWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { isTerminal, JobStatus } from '#core/job/state.ts';
import type { MetricName } from '#core/ports/metrics.ts';
import { type DeployConfig, stackName } from '../config.ts';
import { measured, measuredBy } from './measured.ts';

export interface Watched {
  readonly api: HttpApi;
  readonly stateMachine: StateMachine;
  readonly deadLetterQueue: IQueue;
  readonly failedDrops: IQueue | undefined;
  readonly functions: Readonly<Record<string, LambdaFunction>>;
}

const columns = 24;
const period = Duration.minutes(1);

/** Graphs side by side, below a heading. */
const section = (heading: string, widgets: readonly IWidget[]): IWidget[][] => [
  [new TextWidget({ markdown: `## ${heading}`, width: columns, height: 1 })],
  [...widgets],
];

const graph = (width: number, props: GraphWidgetProps): GraphWidget =>
  new GraphWidget({ width, height: 6, liveData: true, ...props });

const percentiles = (config: DeployConfig, name: MetricName) =>
  (['p50', 'p95', 'p99'] as const).map((statistic) =>
    measured(config, name, { statistic, label: statistic, period: Duration.minutes(5) }),
  );

const throughput = (config: DeployConfig): IWidget[] => [
  graph(12, {
    title: 'Jobs accepted and ended per minute',
    left: [
      measured(config, 'api_ingestion_rate_total', { statistic: 'Sum', label: 'accepted', period }),
      measured(config, 'worker_jobs_processed_total', { statistic: 'Sum', label: 'ended', period }),
    ],
  }),
  graph(12, {
    title: 'Jobs ended per minute, by how',
    stacked: true,
    left: JobStatus.options
      .filter(isTerminal)
      .map((status) =>
        measured(config, 'worker_jobs_processed_total', { statistic: 'Sum', label: status, period, of: { status } }),
      ),
  }),
];

const queue = (config: DeployConfig, { functions }: Watched): IWidget[] => [
  graph(8, {
    title: 'Jobs queued and running',
    left: [
      measured(config, 'queue_depth', { statistic: 'Maximum', label: 'queued', period }),
      measured(config, 'worker_active_jobs', { statistic: 'Maximum', label: 'running', period }),
    ],
  }),
  graph(8, {
    title: 'Functions at work at the same time',
    left: Object.entries(functions).map(([label, target]) =>
      target.metric('ConcurrentExecutions', { statistic: 'Maximum', label, period }),
    ),
  }),
  graph(8, {
    title: 'Age of the oldest job, seconds',
    left: [measured(config, 'queue_oldest_age_seconds', { statistic: 'Maximum', label: 'oldest', period })],
  }),
];

const errors = (config: DeployConfig, { api, functions, stateMachine, deadLetterQueue, failedDrops }: Watched) => [
  graph(8, {
    title: 'Failed jobs per minute, by code',
    stacked: true,
    left: [measuredBy(config, 'job_failures_total', 'code', { statistic: 'Sum', period })],
  }),
  graph(8, {
    title: 'Failed runs of tasks per minute, by code',
    stacked: true,
    left: [measuredBy(config, 'worker_failure_rate_total', 'code', { statistic: 'Sum', period })],
  }),
  graph(8, {
    title: 'Errors of the services per minute',
    left: [
      api.metricServerError({ label: 'API 5xx', period }),
      api.metricClientError({ label: 'API 4xx', period }),
      stateMachine.metricFailed({ label: 'executions failed', period }),
      stateMachine.metricTimedOut({ label: 'executions timed out', period }),
      ...Object.entries(functions).map(([name, target]) =>
        target.metricThrottles({ label: `${name} throttled`, period }),
      ),
    ],
    right: [
      deadLetterQueue.metricApproximateNumberOfMessagesVisible({ label: 'undelivered', period }),
      ...(failedDrops ? [failedDrops.metricApproximateNumberOfMessagesVisible({ label: 'failed drops', period })] : []),
    ],
  }),
];

const times = (config: DeployConfig): IWidget[] => [
  graph(8, { title: 'Encoding of one task, seconds', left: percentiles(config, 'worker_conversion_time_seconds') }),
  graph(8, {
    title: 'Download and upload of one task, p95 in seconds',
    left: (['worker_download_time_seconds', 'worker_upload_time_seconds'] as const).map((name) =>
      measured(config, name, { statistic: 'p95', period: Duration.minutes(5) }),
    ),
  }),
  graph(8, { title: 'Whole jobs, seconds', left: percentiles(config, 'job_seconds') }),
];

/** What functions used of their memory is told by the platform's own lines in their logs. */
const resources = (config: DeployConfig, { functions }: Watched): IWidget[] => [
  graph(8, {
    title: 'Processor time of FFmpeg, seconds per minute',
    left: [measured(config, 'worker_cpu_seconds_total', { statistic: 'Sum', label: 'FFmpeg', period })],
  }),
  graph(8, {
    title: 'Duration of the functions, p95 in milliseconds',
    left: Object.entries(functions).map(([label, target]) =>
      target.metricDuration({ statistic: 'p95', label, period }),
    ),
  }),
  new LogQueryWidget({
    title: 'Memory of the functions, MB',
    width: 8,
    height: 6,
    view: LogQueryVisualizationType.TABLE,
    logGroupNames: Object.values(functions).map(({ logGroup }) => logGroup.logGroupName),
    queryLines: [
      'filter type = "platform.report"',
      'stats max(record.metrics.maxMemoryUsedMB) as used, max(record.metrics.memorySizeMB) as given by @log',
    ],
  }),
];

const cost = (config: DeployConfig): IWidget[] => [
  graph(12, {
    title: 'Cost of the jobs that ended, US dollars per hour',
    left: [measured(config, 'job_cost_usd', { statistic: 'Sum', label: 'all jobs', period: Duration.hours(1) })],
  }),
  graph(12, {
    title: 'Cost of one job, US dollars',
    left: (['p50', 'p95'] as const).map((statistic) =>
      measured(config, 'job_cost_usd', { statistic, label: statistic, period: Duration.hours(1) }),
    ),
  }),
];

const requests = (config: DeployConfig): IWidget[] => [
  graph(12, {
    title: 'Requests per minute, by status',
    stacked: true,
    left: [measuredBy(config, 'api_requests_total', 'status', { statistic: 'Sum', period })],
  }),
  graph(12, { title: 'Time to answer, seconds', left: percentiles(config, 'api_request_duration_seconds') }),
];

export const dashboard = (
  scope: Construct,
  config: DeployConfig,
  { watched, alarms }: { readonly watched: Watched; readonly alarms: readonly Alarm[] },
): Dashboard =>
  new Dashboard(scope, 'Dashboard', {
    dashboardName: stackName(config, 'jobs'),
    defaultInterval: Duration.hours(3),
    widgets: [
      [new AlarmStatusWidget({ title: 'Alarms', width: columns, height: 3, alarms: [...alarms] })],
      ...section('Throughput', throughput(config)),
      ...section('Queue and workers', queue(config, watched)),
      ...section('Errors', errors(config, watched)),
      ...section('Time', times(config)),
      ...section('Processor and memory', resources(config, watched)),
      ...section('Cost', cost(config)),
      ...section('Requests', requests(config)),
    ],
  });
