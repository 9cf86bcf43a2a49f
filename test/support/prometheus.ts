/**
 * The text format of Prometheus, read strictly, and the queries that are asked of it.
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
import { parser as promql } from '@prometheus-io/lezer-promql';

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly type: string;
  /** Of a histogram its buckets, sums and counts. */
  readonly samples: readonly Sample[];
  /** The names that a query may ask for. */
  readonly series: readonly string[];
}

const ends = { counter: [''], gauge: [''], summary: ['', '_sum', '_count'], histogram: ['_bucket', '_sum', '_count'] };
type Type = keyof typeof ends;

const name = String.raw`[a-zA-Z_:][\w:]*`;
const label = String.raw`([a-zA-Z_]\w*)="((?:[^"\\]|\\["\\n])*)"`;
const header = new RegExp(`^# (HELP (${name}) \\S.*|TYPE (${name}) (${Object.keys(ends).join('|')}))$`);
const sample = new RegExp(`^(${name})(?:\\{((?:${label})(?:,${label})*)\\})? (\\S+)$`);
/** As Go reads them, which minds no capitals. */
const number = /^(?:-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|nan|[+-]inf)$/i;

const numberOf = (text: string): number => {
  if (!number.test(text)) throw new Error(`no number: ${text}`);
  return Number(text.replace(/inf/i, 'Infinity'));
};

const sampleOf = (line: string): Sample => {
  const found = sample.exec(line);
  if (!found) throw new Error(`Prometheus would not take: ${line}`);
  const pairs = [...(found[2] ?? '').matchAll(new RegExp(label, 'g'))].map(([, key = '', value = '']) => [key, value]);
  return { name: found[1] ?? '', labels: Object.fromEntries(pairs), value: numberOf(found.at(-1) ?? '') };
};

/** Buckets hold what those below them hold, and the last of them everything. */
const assertBuckets = (family: string, samples: readonly Sample[]): void => {
  const bySeries = Object.groupBy(samples, ({ labels: { le: _le, ...rest } }) => JSON.stringify(rest));
  for (const series of Object.values(bySeries)) {
    const buckets = (series ?? []).filter(({ labels }) => labels['le'] !== undefined);
    const bounds = buckets.map(({ labels }) => numberOf(labels['le'] ?? ''));
    const counts = buckets.map(({ value }) => value);
    const count = series?.find(({ name }) => name === `${family}_count`)?.value;
    const rises = (values: readonly number[]) => values.every((value, n) => value >= (values[n - 1] ?? -Infinity));
    if (!rises(bounds) || !rises(counts) || bounds.at(-1) !== Infinity || counts.at(-1) !== count)
      throw new Error(`the buckets of ${family} do not add up`);
  }
};

/** By name. Fails on what Prometheus would not take, on a family or a sample that is told twice, and on one that is not announced. */
export const readMetrics = (text: string): ReadonlyMap<string, Family> => {
  if (!text.endsWith('\n')) throw new Error('the last line is not ended');
  const families = new Map<string, { type: Type; samples: Sample[]; series: readonly string[] }>();
  const seen = new Set<string>();
  let current = '';
  for (const line of text.split('\n').filter((line) => line !== '')) {
    const [, , helped, typed, type = ''] = header.exec(line) ?? [];
    if (typed !== undefined) {
      if (families.has(typed)) throw new Error(`${typed} is there twice`);
      const series = ends[type as Type].map((end) => `${typed}${end}`); // true: the pattern lists them
      families.set(typed, { type: type as Type, samples: [], series }); // true: likewise
      current = typed;
    } else if (helped === undefined) {
      const one = sampleOf(line);
      const key = line.slice(0, line.lastIndexOf(' '));
      const family = families.get(current);
      if (!family?.series.includes(one.name) || seen.has(key)) throw new Error(`out of place: ${line}`);
      seen.add(key);
      family.samples.push(one);
    }
  }
  for (const [name, { type, samples }] of families) if (type === 'histogram') assertBuckets(name, samples);
  return families;
};

/** The metrics that a query asks for. Fails where it is no PromQL. */
export const metricsIn = (query: string): readonly string[] => {
  const names: string[] = [];
  promql.parse(query).iterate({
    enter: ({ type, from, to, node }) => {
      if (type.isError) throw new Error(`no PromQL at ${from}: ${query}`);
      if (type.name === 'Identifier' && node.parent?.name === 'VectorSelector') names.push(query.slice(from, to));
    },
  });
  return names;
};
