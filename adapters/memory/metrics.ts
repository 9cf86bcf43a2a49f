/** Metrics that are kept as they were recorded, so that a test can look at them. */
import type { MetricName, Metrics } from '#core/ports/metrics.ts';

interface Recorded {
  readonly name: MetricName;
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
}

export interface RecordingMetrics extends Metrics {
  readonly recorded: readonly Recorded[];
}

export const recordingMetrics = (): RecordingMetrics => {
  const recorded: Recorded[] = [];
  return { recorded, record: (name, value, labels) => void recorded.push({ name, value, labels }) };
};
