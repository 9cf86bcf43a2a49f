/**
 * Lines in CloudWatch's embedded metric format, as strictly as the guide describes them: who writes others gets no metrics,
 * and is told so nowhere.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
import * as z from 'zod';

const Units = z.enum(['Seconds', 'Count', 'None']);

const Name = z.string().min(1).max(1024);
const Directive = z.strictObject({
  Namespace: z.string().regex(/^[^:].{0,255}$/),
  Dimensions: z.array(z.array(z.string().min(1).max(250)).max(30)).min(1),
  Metrics: z
    .array(z.strictObject({ Name, Unit: Units }))
    .min(1)
    .max(100),
});
const Root = z.looseObject({
  _aws: z.strictObject({ Timestamp: z.int().min(0), CloudWatchMetrics: z.array(Directive).min(1) }),
});

export interface EmfValue {
  readonly namespace: string;
  readonly name: string;
  readonly unit: z.output<typeof Units>;
  readonly value: number;
  /** Each set of dimensions that the value is filed under. */
  readonly under: readonly Readonly<Record<string, string>>[];
}

/** What CloudWatch makes of a line. Fails where it would make nothing of it, or not what the line says. */
export const readEmf = (line: string): readonly EmfValue[] => {
  const root = Root.parse(JSON.parse(line));
  return root['_aws'].CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) => {
    const under = Dimensions.map((names) =>
      Object.fromEntries(names.map((name) => [name, z.string().min(1).max(1024).parse(root[name])])),
    );
    return Metrics.map(({ Name, Unit }) => {
      return { namespace: Namespace, name: Name, unit: Unit, value: z.number().parse(root[Name]), under };
    });
  });
};
