import { ago, between, instant, seconds } from '../../app/format.ts';
import { cancelJob, deleteJob, isLive, type JobSummary, retryJob, titleOf } from '../../app/jobs.ts';
import { href, jobPath } from '../../app/routes.ts';
import { Icon, type IconName } from '../../ui/icon.tsx';
import { Progress } from '../../ui/progress.tsx';
import { Status } from '../../ui/status.tsx';
import { Thumbnail } from './thumbnail.tsx';

const Action = (props: { readonly icon: IconName; readonly label: string; readonly onClick: () => void }) => (
  <button
    type="button"
    class="button button-quiet"
    title={props.label}
    aria-label={props.label}
    onClick={props.onClick}
  >
    <Icon name={props.icon} />
  </button>
);

const Actions = ({ job, reload }: { readonly job: JobSummary; readonly reload: () => void }) => {
  const title = titleOf(job);
  const then = (work: Promise<boolean>): void => void work.then((done) => done && reload());
  return (
    <div class="row row-end row-tight">
      {isLive(job) && <Action icon="stop" label={`Cancel ${title}`} onClick={() => then(cancelJob(job.id))} />}
      {!isLive(job) && job.status !== 'succeeded' && (
        <Action icon="retry" label={`Retry ${title}`} onClick={() => then(retryJob(job.id))} />
      )}
      {!isLive(job) && <Action icon="trash" label={`Delete ${title}`} onClick={() => then(deleteJob(job))} />}
    </div>
  );
};

const outputsOf = ({ outputs }: JobSummary): string => {
  const names = Object.keys(outputs);
  const shown = names.slice(0, 4).join(', ');
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown;
};

export const JobRow = ({ job, reload }: { readonly job: JobSummary; readonly reload: () => void }) => (
  <tr>
    <td class="col-picture">
      <Thumbnail job={job} />
    </td>
    <td class="col-job">
      <a class="job-title" href={href(jobPath(job.id))}>
        {titleOf(job)}
      </a>
      <span class="muted small">
        {job.template !== null && job.name !== null && `${job.template} · `}
        {outputsOf(job)}
      </span>
      {job.error && <span class="job-error small">{job.error.message}</span>}
    </td>
    <td class="col-status">
      <Status status={job.status} />
      {isLive(job) && <Progress share={job.progress} label={`Progress of ${titleOf(job)}`} />}
    </td>
    <td class="col-wide">
      <time dateTime={job.createdAt} title={instant(job.createdAt)}>
        {ago(job.createdAt)}
      </time>
    </td>
    <td class="col-wide col-number">{job.startedAt === null ? '–' : seconds(between(job.startedAt, job.endedAt))}</td>
    <td class="col-actions">
      <Actions job={job} reload={reload} />
    </td>
  </tr>
);
