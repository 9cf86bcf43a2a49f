/** One job, live: what goes in, what comes out, and what happened. */
import { useEffect, useState } from 'preact/hooks';
import { problemIn } from '../../app/api.ts';
import { ago, between, instant, seconds } from '../../app/format.ts';
import { cancelJob, deleteJob, isLive, type JobView, readJob, retryJob, titleOf } from '../../app/jobs.ts';
import { pause, untilVisible } from '../../app/live.ts';
import { go, href, jobPath } from '../../app/routes.ts';
import { Copy } from '../../ui/copy.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Page } from '../../ui/page.tsx';
import { Progress } from '../../ui/progress.tsx';
import { Empty, ErrorBox, Loading } from '../../ui/states.tsx';
import { Status } from '../../ui/status.tsx';
import { Cost } from './cost.tsx';
import { Inputs } from './inputs.tsx';
import { JobErrorBox } from './job-error.tsx';
import { Log } from './log.tsx';
import { Output } from './output.tsx';
import { Timeline } from './timeline.tsx';

const retryMs = 2000;

/** Follows a job to its end by long polls: each answer comes with the next change. */
const useJob = (id: string): { job: JobView | undefined; error: unknown } => {
  const [state, setState] = useState<{ job: JobView | undefined; error: unknown }>({
    job: undefined,
    error: undefined,
  });
  useEffect(() => {
    const stop = new AbortController();
    const follow = async (): Promise<void> => {
      let seen: JobView | undefined;
      while (!stop.signal.aborted && (!seen || isLive(seen))) {
        await untilVisible(stop.signal);
        try {
          seen = await readJob(id, seen ? `?wait=20&after=${seen.version}` : '', stop.signal);
          if (!stop.signal.aborted) setState({ job: seen, error: undefined });
        } catch (error) {
          if (stop.signal.aborted) return;
          setState(({ job }) => ({ job, error }));
          if (problemIn(error)?.status === 404) return;
          await pause(retryMs, stop.signal);
        }
      }
    };
    void follow();
    return () => stop.abort();
  }, [id]);
  return state;
};

const Actions = ({ job }: { readonly job: JobView }) => (
  <>
    {isLive(job) && (
      <button type="button" class="button" onClick={() => void cancelJob(job.id)}>
        <Icon name="stop" /> Cancel
      </button>
    )}
    {!isLive(job) && job.status !== 'succeeded' && (
      <button type="button" class="button" onClick={() => void retryJob(job.id)}>
        <Icon name="retry" /> Retry
      </button>
    )}
    {!isLive(job) && (
      <button type="button" class="button" onClick={() => void deleteJob(job).then((gone) => gone && go('/'))}>
        <Icon name="trash" /> Delete
      </button>
    )}
  </>
);

const Head = ({ job }: { readonly job: JobView }) => (
  <>
    <Status status={job.status} />
    {job.template !== null && <span>{job.template}</span>}
    <time dateTime={job.createdAt} title={instant(job.createdAt)}>
      {ago(job.createdAt)}
    </time>
    {job.startedAt !== null && <span>{seconds(between(job.startedAt, job.endedAt))}</span>}
    {job.retryOf !== null && <a href={href(jobPath(job.retryOf))}>retry of an earlier job</a>}
  </>
);

const remaining = (eta: string | null): string => {
  if (eta === null) return '';
  const left = (Date.parse(eta) - Date.now()) / 1000;
  return left > 1 ? `about ${seconds(left)} left` : 'almost done';
};

/** What is told aloud: the status, and every quarter. */
const spoken = (job: JobView): string =>
  isLive(job) ? `${job.status}, ${Math.floor(job.progress * 4) * 25} percent` : job.status;

const Body = ({ job }: { readonly job: JobView }) => (
  <div class="stack">
    {isLive(job) && (
      <div class="live-bar">
        <Progress share={job.progress} label="Progress of the job" />
        <span class="muted">{remaining(job.eta)}</span>
      </div>
    )}
    <p class="hidden" role="status">
      {spoken(job)}
    </p>
    {job.error && <JobErrorBox error={job.error} />}
    <section aria-labelledby="outputs">
      <h2 id="outputs">Outputs</h2>
      <div class="outputs">
        {Object.entries(job.outputs).map(([name, output]) => (
          <Output key={name} name={name} output={output} job={job} />
        ))}
      </div>
    </section>
    <Inputs job={job} />
    <Cost job={job} />
    <Timeline job={job} />
    <Log job={job} />
    <p class="row muted small">
      <code>{job.id}</code>
      <Copy text={job.id} label="Copy the id" />
    </p>
  </div>
);

export const JobPage = ({ id }: { readonly id: string }) => {
  const { job, error } = useJob(id);
  if (!job && problemIn(error)?.status === 404)
    return (
      <Page title="Job">
        <Empty icon="film" title="There is no such job">
          <a class="button" href={href('/')}>
            To the jobs
          </a>
        </Empty>
      </Page>
    );
  if (!job) return <Page title="Job">{error === undefined ? <Loading lines={5} /> : <ErrorBox error={error} />}</Page>;
  return (
    <Page key={job.id} title={titleOf(job)} lead={<Head job={job} />} actions={<Actions job={job} />}>
      <Body job={job} />
    </Page>
  );
};
