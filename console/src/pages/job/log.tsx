/** What each task ran, and what FFmpeg said. Asked for when it is opened. */
import { useState } from 'preact/hooks';
import type { TaskLog } from '#core/usecases/read-log.ts';
import { api } from '../../app/api.ts';
import { between, seconds } from '../../app/format.ts';
import { isLive, type JobView } from '../../app/jobs.ts';
import { useLive } from '../../app/live.ts';
import { Code } from '../../ui/copy.tsx';
import { ErrorBox, Loading } from '../../ui/states.tsx';
import { Status } from '../../ui/status.tsx';

const liveMs = 3000;

const Task = ({ log }: { readonly log: TaskLog }) => (
  <details class="task">
    <summary>
      <span>{log.label}</span> <Status status={log.state} />
      {log.startedAt !== null && <span class="muted small">{seconds(between(log.startedAt, log.endedAt))}</span>}
    </summary>
    {log.commands.map((words) => (
      <Code key={words.join(' ')} text={`ffmpeg ${words.join(' ')}`} label="Copy the arguments" />
    ))}
    {log.stderrTail !== '' && <Code text={log.stderrTail} label="Copy what FFmpeg said" />}
    {log.commands.length === 0 && log.stderrTail === '' && <p class="muted">Nothing was run for it.</p>}
  </details>
);

const Tasks = ({ job }: { readonly job: JobView }) => {
  const { value, error, reload } = useLive(
    (signal) => api.json<{ readonly items: readonly TaskLog[] }>('GET', `/v1/jobs/${job.id}/log`, { signal }),
    [job.id, job.status],
    () => (isLive(job) ? liveMs : undefined),
  );
  if (error !== undefined && !value) return <ErrorBox error={error} retry={reload} />;
  if (!value) return <Loading lines={2} />;
  return (
    <>
      {value.items.map((log) => (
        <Task key={log.task} log={log} />
      ))}
    </>
  );
};

export const Log = ({ job }: { readonly job: JobView }) => {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="section" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <h2>Tasks and log</h2>
      </summary>
      {isOpen && <Tasks job={job} />}
    </details>
  );
};
