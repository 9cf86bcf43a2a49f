/** What happened, in order. */
import type { JobEvent } from '#core/job/events.ts';
import { api, type Page } from '../../app/api.ts';
import { instant, time } from '../../app/format.ts';
import type { JobView } from '../../app/jobs.ts';
import { useLive } from '../../app/live.ts';
import { Status } from '../../ui/status.tsx';

const wordsOf = ({ type, data }: JobEvent): string => {
  const what = type.startsWith('output.') ? Object.keys(data.outputs).join(', ') : 'job';
  return `${what} ${type.slice(type.indexOf('.') + 1)}`;
};

const statusOf = ({ type }: JobEvent): string => type.slice(type.indexOf('.') + 1);

/** Seconds that phases took, the longest first. */
const Timings = ({ timings }: Pick<JobView, 'timings'>) => {
  const all = Object.entries(timings).filter(([, value]) => value >= 0.05);
  if (all.length === 0) return null;
  return (
    <ul class="chips" aria-label="Seconds by phase">
      {all
        .toSorted(([, a], [, b]) => b - a)
        .map(([phase, value]) => (
          <li key={phase}>
            {phase} {value.toFixed(1)} s
          </li>
        ))}
    </ul>
  );
};

export const Timeline = ({ job }: { readonly job: JobView }) => {
  const { value } = useLive(
    (signal) => api.json<Page<JobEvent>>('GET', `/v1/jobs/${job.id}/events?limit=200`, { signal }),
    [job.id, job.status],
  );
  if (!value || value.items.length === 0) return null;
  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline">Timeline</h2>
      <ol class="timeline">
        {value.items.map((event) => (
          <li key={event.id}>
            <time class="mono small muted" dateTime={event.timestamp} title={instant(event.timestamp)}>
              {time(event.timestamp)}
            </time>
            <Status status={statusOf(event)} word={wordsOf(event)} />
          </li>
        ))}
      </ol>
      <Timings timings={job.timings} />
    </section>
  );
};
