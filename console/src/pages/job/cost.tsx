/** What a job cost, where the deployment tells. */
import { usd } from '../../app/format.ts';
import type { JobView } from '../../app/jobs.ts';

interface Told {
  readonly cost?: {
    readonly estimate?: number | null;
    readonly actual?: number | null;
    readonly items?: readonly { readonly kind: string; readonly usd: number }[];
  } | null;
}

export const Cost = ({ job }: { readonly job: JobView }) => {
  const { cost } = job as JobView & Told; // true: the field is there or it is not
  if (!cost) return null;
  return (
    <section aria-labelledby="cost">
      <h2 id="cost">Cost</h2>
      <dl class="facts">
        {typeof cost.estimate === 'number' && (
          <div>
            <dt>estimate</dt>
            <dd>{usd(cost.estimate)}</dd>
          </div>
        )}
        {typeof cost.actual === 'number' && (
          <div>
            <dt>actual</dt>
            <dd>{usd(cost.actual)}</dd>
          </div>
        )}
        {cost.items?.map((item) => (
          <div key={item.kind}>
            <dt>{item.kind}</dt>
            <dd>{usd(item.usd)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
};
