/** Metrics that are kept in this process, and printed as Prometheus reads them. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type MetricDefinition, type MetricName, type Metrics, metricNames, metrics } from '#core/ports/metrics.ts';

/** Which machine and process this is, as far as nothing else tells. */
export interface Reading {
  readonly name: string;
  readonly help: string;
  readonly read: () => number | Promise<number>;
}

export interface PrometheusMetrics extends Metrics {
  readonly contentType: string;
  /** Everything, in the text format. What `before` rejects with, it rejects with. */
  text(): Promise<string>;
}

type Recorder = (value: number, labels: Readonly<Record<string, string>>) => void;

const recorderOf = (registry: Registry, name: MetricName, definition: MetricDefinition): Recorder => {
  const { kind, help, labels, buckets = [] } = definition;
  const options = { name, help, labelNames: [...labels], registers: [registry] };
  if (kind === 'counter') {
    const counter = new Counter(options);
    return (value, of) => counter.inc({ ...of }, value);
  }
  if (kind === 'gauge') {
    const gauge = new Gauge(options);
    return (value, of) => gauge.set({ ...of }, value);
  }
  const histogram = new Histogram({ ...options, buckets: [...buckets] });
  return (value, of) => histogram.observe({ ...of }, value);
};

/** `before` is awaited before each printing: what is read and not counted is recorded there. */
export const prometheusMetrics = ({
  before = async () => undefined,
  readings = [],
}: {
  readonly before?: (metrics: Metrics) => Promise<unknown>;
  readonly readings?: readonly Reading[];
} = {}): PrometheusMetrics => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const recorders = new Map<MetricName, Recorder>(
    metricNames.map((name) => [name, recorderOf(registry, name, metrics[name])]),
  );
  for (const { name, help, read } of readings) {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [registry],
      collect: async () => gauge.set(await read()),
    });
  }
  const kept: Metrics = { record: (name, value, labels) => recorders.get(name)?.(value, labels) };
  return {
    ...kept,
    contentType: registry.contentType,
    text: async () => {
      await before(kept);
      return registry.metrics();
    },
  };
};
