/**
 * Metrics as lines of the log, which CloudWatch makes metrics of: there is nothing to call and nothing to wait for.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
import { type MetricDefinition, type Metrics, metrics, metricsNamespace, stageDimension } from '#core/ports/metrics.ts';

const units = { count: 'Count', seconds: 'Seconds', usd: 'None' } as const satisfies Record<
  MetricDefinition['unit'],
  string
>;

export interface EmfOptions {
  /** Of the deployment; a dimension of every metric. */
  readonly stage: string;
  /** Gets each line with its line feed. It must reach the log as it is. */
  readonly write: (line: string) => unknown;
  readonly now?: () => number;
}

/** A line for each value. Labels that are no dimensions stay in it, where CloudWatch Logs Insights finds them. */
export const emfMetrics = ({ stage, write, now = Date.now }: EmfOptions): Metrics => ({
  record: (name, value, labels) => {
    const { unit, dimensions } = metrics[name];
    const directive = {
      Namespace: metricsNamespace,
      Dimensions: [[stageDimension], ...dimensions.map((dimension) => [stageDimension, dimension])],
      Metrics: [{ Name: name, Unit: units[unit] }],
    };
    const about = { Timestamp: now(), CloudWatchMetrics: [directive] };
    write(`${JSON.stringify({ _aws: about, ...labels, [stageDimension]: stage, [name]: value })}\n`);
  },
});
