/** What a job cost, or will. */
import { usd } from '../../app/format.ts';
import type { JobView } from '../../app/jobs.ts';

export const Cost = ({ job: { cost } }: { readonly job: JobView }) => {
  if (!cost) return null;
  const facts = [
    ['estimate', cost.estimate],
    ['actual', cost.actual],
    ['the same on AWS', cost.onAws],
    ...cost.items.filter((item) => item.usd > 0).map(({ kind, usd: price }) => [kind, price] as const),
  ] as const;
  return (
    <section aria-labelledby="cost">
      <h2 id="cost">Cost</h2>
      <dl class="facts">
        {facts.map(([name, price]) =>
          price === null ? null : (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{usd(price)}</dd>
            </div>
          ),
        )}
      </dl>
      <p class="muted small">Prices of {cost.pricesAsOf}.</p>
    </section>
  );
};
