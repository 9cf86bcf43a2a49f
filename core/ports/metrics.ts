/**
 * What is measured. This one list feeds the functions, `GET /metrics`, the CloudWatch dashboard with its alarms, and
 * the test of the Grafana dashboard: none of them can name what is not measured.
 */
interface Definition {
  /** A counter is added to, a gauge replaced, a histogram gets one value at a time. */
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly unit: 'count' | 'seconds' | 'usd';
  readonly help: string;
  /** Only what has few values, known before: never an id, an owner, an address or a name that somebody chose. */
  readonly labels: readonly string[];
  /** Those of the labels that CloudWatch keeps apart, one at a time: there each value of each is a metric that costs. */
  readonly dimensions: readonly string[];
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[];
}

const upToMinutes = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];
const upToHours = [1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600];

const table = {
  api_requests_total: {
    kind: 'counter',
    unit: 'count',
    help: 'Requests that the API answered.',
    labels: ['method', 'route', 'status'],
    dimensions: ['status'],
  },
  api_request_duration_seconds: {
    kind: 'histogram',
    unit: 'seconds',
    help: 'Time from the arrival of a request to its answer.',
    labels: ['method', 'route'],
    dimensions: [],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  api_ingestion_rate_total: {
    kind: 'counter',
    unit: 'count',
    help: 'Jobs that were accepted, by request or as a dropped file.',
    labels: ['source'],
    dimensions: [],
  },
  worker_jobs_processed_total: {
    kind: 'counter',
    unit: 'count',
    help: 'Jobs that ended, by how.',
    labels: ['status'],
    dimensions: ['status'],
  },
  worker_conversion_time_seconds: {
    kind: 'histogram',
    unit: 'seconds',
    help: 'Time that FFmpeg took to make the outputs of one task.',
    labels: [],
    dimensions: [],
    buckets: upToHours,
  },
  worker_failure_rate_total: {
    kind: 'counter',
    unit: 'count',
    help: 'Runs of tasks that failed, those that are tried again included, by failure code.',
    labels: ['kind', 'code'],
    dimensions: ['code'],
  },
  worker_active_jobs: {
    kind: 'gauge',
    unit: 'count',
    help: 'Jobs that are running.',
    labels: [],
    dimensions: [],
  },
  worker_download_time_seconds: {
    kind: 'histogram',
    unit: 'seconds',
    help: 'Time that one task took to fetch what it reads.',
    labels: [],
    dimensions: [],
    buckets: upToMinutes,
  },
  worker_upload_time_seconds: {
    kind: 'histogram',
    unit: 'seconds',
    help: 'Time that one task took to store what it made.',
    labels: [],
    dimensions: [],
    buckets: upToMinutes,
  },
  queue_depth: {
    kind: 'gauge',
    unit: 'count',
    help: 'Jobs that are queued and have not been started.',
    labels: [],
    dimensions: [],
  },
  queue_oldest_age_seconds: {
    kind: 'gauge',
    unit: 'seconds',
    help: 'Age of the oldest job that has not ended; 0 where there is none.',
    labels: [],
    dimensions: [],
  },
  worker_task_seconds: {
    kind: 'histogram',
    unit: 'seconds',
    help: 'Time that one run of a task took, by the kind of task and how it ended.',
    labels: ['kind', 'outcome'],
    dimensions: ['kind'],
    buckets: upToHours,
  },
  worker_cpu_seconds_total: {
    kind: 'counter',
    unit: 'seconds',
    help: 'Processor time that FFmpeg used.',
    labels: [],
    dimensions: [],
  },
  job_failures_total: {
    kind: 'counter',
    unit: 'count',
    help: 'Jobs that ended as failed or partial, by failure code.',
    labels: ['code'],
    dimensions: ['code'],
  },
  job_seconds: {
    kind: 'histogram',
    unit: 'seconds',
    help: 'Time from when a job could start to its end.',
    labels: ['status'],
    dimensions: [],
    buckets: upToHours,
  },
  job_cost_usd: {
    kind: 'histogram',
    unit: 'usd',
    help: 'What a job cost that ended; on one machine, what it would have cost on AWS.',
    labels: [],
    dimensions: [],
    buckets: [0.0001, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
  },
} as const satisfies Record<string, Definition>;

export type MetricName = keyof typeof table;
export type MetricDefinition = Definition;
/** The labels of a metric, all of them. */
export type Labels<Name extends MetricName> = Readonly<Record<(typeof table)[Name]['labels'][number], string>>;

export const metrics: Readonly<Record<MetricName, MetricDefinition>> = table;
export const metricNames = Object.keys(table) as readonly MetricName[]; // true: the keys of the very table

/** What CloudWatch files our metrics under, and the dimension that each of them has. */
export const metricsNamespace = 'Kinoduct';
export const stageDimension = 'stage';

export interface Metrics {
  /** Adds to a counter, sets a gauge, gives a value to a histogram. Never fails and never waits. */
  record<Name extends MetricName>(name: Name, value: number, labels: Labels<Name>): void;
}
