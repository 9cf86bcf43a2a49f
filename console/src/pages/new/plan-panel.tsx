/** What the job would do, how long that would take and what it would cost, before anything is started. */
import { useEffect, useState } from 'preact/hooks';
import type { PlanView } from '#core/job/plan-view.ts';
import { api, messageOf, problemIn } from '../../app/api.ts';
import { bytes, count, seconds, usd } from '../../app/format.ts';
import { has } from '../../app/features.ts';
import { pause } from '../../app/live.ts';
import { Code } from '../../ui/copy.tsx';
import { Icon } from '../../ui/icon.tsx';
import { isSending, jobs, mode, problem } from './draft.ts';

/** Nobody needs a plan of every letter that is typed. */
const stillMs = 500;

interface Asked {
  readonly plan: PlanView | undefined;
  readonly refusal: string | undefined;
}
const nothing: Asked = { plan: undefined, refusal: undefined };

const usePlan = (job: string | undefined): Asked => {
  const [asked, setAsked] = useState(nothing);
  useEffect(() => {
    setAsked(nothing);
    if (job === undefined) return;
    const stop = new AbortController();
    const { signal } = stop;
    const ask = async (): Promise<void> => {
      await pause(stillMs, signal);
      if (signal.aborted) return;
      try {
        const plan = await api.json<PlanView>('POST', '/v1/plans', { body: JSON.parse(job), signal });
        if (signal.aborted) return;
        setAsked({ plan, refusal: undefined });
        problem.value = undefined;
      } catch (error) {
        if (signal.aborted) return;
        const told = problemIn(error);
        // What has a field is shown there.
        if (told && told.errors.length > 0) problem.value = told;
        else setAsked({ plan: undefined, refusal: messageOf(error) });
      }
    };
    void ask();
    return () => stop.abort();
  }, [job]);
  return asked;
};

const range = (
  { low, high }: { readonly low: number; readonly high: number },
  say: (value: number) => string,
): string => (say(low) === say(high) ? '' : `${say(low)} to ${say(high)}`);

const priceOf = ({ cost }: PlanView): readonly [string, string] => {
  if (cost.estimate === 0 && cost.onAws !== null) return [usd(0), `${usd(cost.onAws)} on AWS`];
  return [usd(cost.estimate), ''];
};

const Tasks = ({ plan }: { readonly plan: PlanView }) => (
  <details>
    <summary>{count(plan.tasks.length, 'task')}</summary>
    <ol class="plan-tasks">
      {plan.tasks.map(({ id, label, placement, commands, predicted }) => (
        <li key={id}>
          <details>
            <summary>
              {label} <span class="muted small">{seconds(predicted.seconds)}</span>
            </summary>
            {placement && <p class="muted small">{placement.why}</p>}
            {commands.map((words) => (
              <Code key={words.join(' ')} text={`ffmpeg ${words.join(' ')}`} label="Copy" />
            ))}
          </details>
        </li>
      ))}
    </ol>
  </details>
);

const Shown = ({ plan, times }: { readonly plan: PlanView; readonly times: number }) => {
  const [price, elsewhere] = priceOf(plan);
  const rows: readonly (readonly [string, string, string])[] = [
    ['takes', seconds(plan.predicted.seconds.expected), range(plan.predicted.seconds, seconds)],
    ['keeps', bytes(plan.predicted.bytes.expected), ''],
    ['costs', price, elsewhere],
  ];
  const aside = Object.entries(plan.outputs).filter(([, { status }]) => status !== 'planned');
  return (
    <section class="plan" aria-label="Plan">
      <h2>Plan{times > 1 ? ' of the first job' : ''}</h2>
      <dl class="pairs">
        {rows.map(([name, value, more]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {value} {more && <span class="muted small plan-more">{more}</span>}
            </dd>
          </div>
        ))}
      </dl>
      {aside.map(([name, { status, reason }]) => (
        <p key={name} class="small muted">
          {name}: {reason ?? status}
        </p>
      ))}
      {plan.warnings.map((warning) => (
        <p key={warning} class="warning small">
          <Icon name="alert" /> {warning}
        </p>
      ))}
      <Tasks plan={plan} />
    </section>
  );
};

export const PlanPanel = () => {
  const [first] = jobs.value;
  const isKnown = has('/v1/plans') && !isSending.value && first !== undefined;
  const { plan, refusal } = usePlan(isKnown ? JSON.stringify(first) : undefined);
  return (
    <div aria-live="polite">
      {plan && <Shown plan={plan} times={mode.value === 'json' ? 1 : jobs.value.length} />}
      {refusal !== undefined && <p class="warning small">{refusal}</p>}
    </div>
  );
};
