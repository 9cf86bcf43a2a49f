/** Metrics of ours, as CloudWatch knows them. A name that the code does not measure does not compile. */
import type { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, type MetricProps } from 'aws-cdk-lib/aws-cloudwatch';
import { type MetricName, metrics, metricsNamespace, stageDimension } from '#core/ports/metrics.ts';
import type { DeployConfig } from '../config.ts';

type Details = Pick<MetricProps, 'label' | 'color'> & {
  readonly statistic: 'Sum' | 'Maximum' | 'p50' | 'p95' | 'p99';
  readonly period: Duration;
  /** One value of one dimension; all together where it is left out. */
  readonly of?: Readonly<Record<string, string>>;
};

const assertDimension = (name: MetricName, dimensions: readonly string[]): void => {
  const wrong = dimensions.find((dimension) => !metrics[name].dimensions.includes(dimension));
  if (wrong !== undefined) throw new Error(`${name} has no dimension ${wrong}`);
};

export const measured = (
  { stage }: Pick<DeployConfig, 'stage'>,
  name: MetricName,
  { of = {}, ...details }: Details,
): Metric => {
  assertDimension(name, Object.keys(of));
  return new Metric({
    namespace: metricsNamespace,
    metricName: name,
    dimensionsMap: { [stageDimension]: stage, ...of },
    ...details,
  });
};

/** A line for each value of a dimension that there is. */
export const measuredBy = (
  { stage }: Pick<DeployConfig, 'stage'>,
  name: MetricName,
  dimension: string,
  { statistic, period }: Pick<Details, 'statistic' | 'period'>,
): MathExpression => {
  assertDimension(name, [dimension]);
  const schema = `{${metricsNamespace},${stageDimension},${dimension}}`;
  const search = `${schema} MetricName="${name}" ${stageDimension}="${stage}"`;
  return new MathExpression({
    expression: `SEARCH('${search}', '${statistic}', ${period.toSeconds()})`,
    label: '',
    usingMetrics: {},
    period,
  });
};
