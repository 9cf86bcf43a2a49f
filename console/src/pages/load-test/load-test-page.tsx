/** How much this deployment can do at once. */
import { useSignal } from '@preact/signals';
import { seconds } from '../../app/format.ts';
import { isLive, type JobSummary } from '../../app/jobs.ts';
import { attempt } from '../../app/toasts.ts';
import { Field } from '../../ui/field.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Page } from '../../ui/page.tsx';
import { Progress } from '../../ui/progress.tsx';
import { percentile } from './percentiles.ts';
import { limits, removeJobs, type Run, run, start, stopRun } from './run.ts';

interface Took {
  readonly id: string;
  readonly wait: number;
  readonly work: number;
  readonly failed: boolean;
}

/** Of a job that has ended by itself. */
const tookOf = ({ id, createdAt, startedAt, endedAt, status }: JobSummary): Took[] => {
  if (startedAt === null || endedAt === null || status === 'canceled') return [];
  const [made, began, ended] = [createdAt, startedAt, endedAt].map((at) => Date.parse(at) / 1000) as [
    number,
    number,
    number,
  ]; // true: three of three
  return [{ id, wait: began - made, work: ended - began, failed: status !== 'succeeded' }];
};

const Chart = ({ took, total }: { readonly took: readonly Took[]; readonly total: number }) => {
  const [height, gap] = [100, 0.2];
  const longest = Math.max(1, ...took.map(({ wait, work }) => wait + work));
  const scale = (value: number): number => (value / longest) * height;
  return (
    <figure>
      <svg
        class="chart"
        viewBox={`0 0 ${total} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`How long each of ${took.length} jobs waited and worked; the longest took ${seconds(longest)}`}
      >
        {took.map(({ id, wait, work, failed }, n) => (
          <g key={id}>
            <rect class="bar-wait" x={n + gap / 2} width={1 - gap} y={height - scale(wait)} height={scale(wait)} />
            <rect
              class={failed ? 'bar-failed' : 'bar-run'}
              x={n + gap / 2}
              width={1 - gap}
              y={height - scale(wait + work)}
              height={scale(work)}
            />
          </g>
        ))}
      </svg>
      <figcaption class="row small muted">
        <span class="key key-wait">waited</span>
        <span class="key">worked</span>
        <span class="key key-failed">failed</span>
        <span>a bar for each job; the tallest is {seconds(longest)}</span>
      </figcaption>
    </figure>
  );
};

const Numbers = ({ current, took }: { readonly current: Run; readonly took: readonly Took[] }) => {
  const elapsed = ((current.endedAt ?? Date.now()) - current.startedAt) / 1000;
  const totals = took.map(({ wait, work }) => wait + work);
  const of = (values: readonly number[], share: number): string => {
    const found = percentile(values, share);
    return found === undefined ? '–' : seconds(found);
  };
  const facts: readonly (readonly [string, string])[] = [
    ['jobs a minute', elapsed > 0 && took.length > 0 ? ((took.length / elapsed) * 60).toFixed(1) : '–'],
    ['half within', of(totals, 0.5)],
    ['95 % within', of(totals, 0.95)],
    ['99 % within', of(totals, 0.99)],
    [
      'waited, half',
      of(
        took.map(({ wait }) => wait),
        0.5,
      ),
    ],
    ['failed', String(took.filter(({ failed }) => failed).length)],
  ];
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
};

const Results = ({ current }: { readonly current: Run }) => {
  const took = current.jobs.flatMap(tookOf);
  const live = current.jobs.filter(isLive).length;
  const { jobs: total } = current.settings;
  return (
    <section class="stack" aria-label="Results">
      <div class="row">
        <h2>
          {took.length} of {total} jobs
        </h2>
        <span class="muted" role="status">
          {current.endedAt === null ? `${live} under way` : 'ended'}
        </span>
      </div>
      <Progress share={took.length / total} label="Jobs that have ended" />
      {current.error !== undefined && (
        <p class="box box-bad" role="alert">
          {current.error}
        </p>
      )}
      <Numbers current={current} took={took} />
      {took.length > 0 && <Chart took={took} total={total} />}
    </section>
  );
};

const NumberField = (props: {
  readonly label: string;
  readonly max: number;
  readonly value: number;
  readonly onValue: (value: number) => void;
}) => (
  <Field label={props.label} hint={`1 to ${props.max}`}>
    {(wiring) => (
      <input
        {...wiring}
        type="number"
        min={1}
        max={props.max}
        required
        value={props.value}
        onInput={(event) => props.onValue(Number(event.currentTarget.value))}
      />
    )}
  </Field>
);

export const LoadTestPage = () => {
  const jobs = useSignal(20);
  const concurrent = useSignal(5);
  const megabytes = useSignal<number>(limits.megabytes[0]);
  const current = run.value;
  const isRunning = current !== undefined && current.endedAt === null;
  const submit = (event: Event): void => {
    event.preventDefault();
    void start({ jobs: jobs.value, megabytes: megabytes.value, concurrent: concurrent.value });
  };
  return (
    <Page
      title="Load test"
      lead="Converts test pictures to MP4, some at a time, and measures. On AWS this costs money."
    >
      <div class="stack">
        <form class="panel" onSubmit={submit}>
          <div class="fields">
            <NumberField label="Jobs" max={limits.jobs} value={jobs.value} onValue={(next) => (jobs.value = next)} />
            <NumberField
              label="At once"
              max={limits.concurrent}
              value={concurrent.value}
              onValue={(next) => (concurrent.value = next)}
            />
            <Field label="Size of each" hint="About; in megabytes.">
              {(wiring) => (
                <select
                  {...wiring}
                  value={megabytes.value}
                  onChange={(event) => (megabytes.value = Number(event.currentTarget.value))}
                >
                  {limits.megabytes.map((size) => (
                    <option key={size} value={size}>
                      {size} MB
                    </option>
                  ))}
                </select>
              )}
            </Field>
          </div>
          <div class="row">
            {isRunning ? (
              <button
                type="button"
                class="button button-bad"
                onClick={() => void attempt(stopRun, 'The load test is stopped.')}
              >
                <Icon name="stop" /> Stop
              </button>
            ) : (
              <button type="submit" class="button button-main">
                <Icon name="bolt" /> Start
              </button>
            )}
            {current && !isRunning && (
              <button type="button" class="button" onClick={() => void attempt(removeJobs, 'Its jobs are gone.')}>
                <Icon name="trash" /> Remove its jobs
              </button>
            )}
          </div>
        </form>
        {current && <Results current={current} />}
      </div>
    </Page>
  );
};
