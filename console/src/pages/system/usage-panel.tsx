/** What one's jobs used in the last 30 days: a bar for each day. */
import type { UsageView } from '#core/usecases/read-usage.ts';
import { api } from '../../app/api.ts';
import { bytes, count, seconds, usd } from '../../app/format.ts';
import { useLive } from '../../app/live.ts';

const dayMs = 86_400_000;
const days = 30;

const dayBefore = (day: string, n: number): string => new Date(Date.parse(day) - n * dayMs).toISOString().slice(0, 10);

/** Days without jobs are not told, and are drawn all the same. */
const Bars = ({ usage }: { readonly usage: UsageView }) => {
  const jobsOf = new Map(usage.items.map(({ day, jobs }) => [day, jobs]));
  const bars = Array.from({ length: days }, (_, n) => dayBefore(usage.to, days - 1 - n));
  const most = Math.max(1, ...jobsOf.values());
  return (
    <svg
      class="chart chart-low"
      viewBox={`0 0 ${days} 100`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`Jobs by day; at most ${most}`}
    >
      {bars.map((day, n) => {
        const height = ((jobsOf.get(day) ?? 0) / most) * 100;
        return (
          <rect key={day} class="bar-run" x={n + 0.1} width={0.8} y={100 - height} height={height}>
            <title>{`${day}: ${count(jobsOf.get(day) ?? 0, 'job')}`}</title>
          </rect>
        );
      })}
    </svg>
  );
};

export const UsagePanel = () => {
  const { value } = useLive((signal) => api.json<UsageView>('GET', '/v1/usage?by=day', { signal }), []);
  if (!value) return null;
  const { jobs, outputSeconds, inputBytes, usd: price } = value.total;
  const rows = [
    ['jobs', String(jobs)],
    ['media made', seconds(outputSeconds)],
    ['read', bytes(inputBytes)],
    ['cost', usd(price)],
  ] as const;
  return (
    <section class="panel" aria-labelledby="usage">
      <h2 id="usage">Your last 30 days</h2>
      <Bars usage={value} />
      <dl class="pairs">
        {rows.map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
};
