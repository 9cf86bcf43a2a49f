/** `docs/reference/metrics.md`: everything that is measured. */
import { type MetricDefinition, type MetricName, metricNames, metrics } from '#core/ports/metrics.ts';

const listed = (values: readonly string[]): string => values.map((value) => `\`${value}\``).join(', ') || '–';

const row = (name: MetricName, { kind, unit, help, labels, dimensions }: MetricDefinition): string =>
  `| \`${name}\` | ${kind} | ${unit} | ${listed(labels)} | ${listed(dimensions)} | ${help} |`;

export const metricsPage = (): string => `# Metrics

Generated from \`core/ports/metrics.ts\` by \`npm run reference\`. \`GET /metrics\` of the local server prints them with all of
their labels. On AWS they are in the namespace \`Kinoduct\` with the dimension \`stage\`, and once more with each of the
dimensions below; labels that are no dimensions are fields of the log lines that they come from.

| name | kind | unit | labels | dimensions | what it is |
|---|---|---|---|---|---|
${metricNames.map((name) => row(name, metrics[name])).join('\n')}
`;
