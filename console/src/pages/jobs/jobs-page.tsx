/** Every job, newest first. */
import { api, type Page as PageOf } from '../../app/api.ts';
import { isLive, type JobSummary, listJobs, statuses } from '../../app/jobs.ts';
import { useLive } from '../../app/live.ts';
import { query, setQuery } from '../../app/routes.ts';
import { Icon } from '../../ui/icon.tsx';
import { Page } from '../../ui/page.tsx';
import { Empty, ErrorBox, Loading } from '../../ui/states.tsx';
import { DropTarget } from './drop-target.tsx';
import { JobRow } from './job-row.tsx';

const rowsPerPage = '50';
/** While something runs, and while nothing does. */
const liveMs = 2000;
const idleMs = 10_000;

const filters = (): Record<string, string> =>
  Object.fromEntries(
    ['status', 'template', 'cursor'].flatMap((name) => {
      const value = query.value.get(name);
      return value ? [[name, value]] : [];
    }),
  );

const Filters = () => {
  const { value: templates } = useLive(
    (signal) => api.json<PageOf<{ readonly name: string }>>('GET', '/v1/templates', { signal }),
    [],
  );
  const choose = (name: string) => (event: { readonly currentTarget: HTMLSelectElement }) =>
    setQuery({ [name]: event.currentTarget.value, cursor: undefined });
  return (
    <div class="row filters">
      <label>
        <span class="hidden">Status</span>
        <select value={query.value.get('status') ?? ''} onChange={choose('status')}>
          <option value="">Every status</option>
          {statuses.map((status) => (
            <option key={status} value={status}>
              {status}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span class="hidden">Template</span>
        <select value={query.value.get('template') ?? ''} onChange={choose('template')}>
          <option value="">Every template</option>
          {templates?.items.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
};

const Table = ({ jobs, reload }: { readonly jobs: readonly JobSummary[]; readonly reload: () => void }) => (
  <div class="table-frame">
    <table class="table jobs">
      <caption class="hidden">Jobs, newest first</caption>
      <thead>
        <tr>
          <th scope="col" class="col-picture">
            <span class="hidden">Picture</span>
          </th>
          <th scope="col">Job</th>
          <th scope="col">Status</th>
          <th scope="col" class="col-wide">
            Created
          </th>
          <th scope="col" class="col-wide col-number">
            Took
          </th>
          <th scope="col" class="col-actions">
            <span class="hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {jobs.map((job) => (
          <JobRow key={job.id} job={job} reload={reload} />
        ))}
      </tbody>
    </table>
  </div>
);

const NoJobs = ({ filtered }: { readonly filtered: boolean }) =>
  filtered ? (
    <Empty icon="list" title="No job is like that">
      <button
        type="button"
        class="button"
        onClick={() => setQuery({ status: undefined, template: undefined, cursor: undefined })}
      >
        Show all
      </button>
    </Empty>
  ) : (
    <DropTarget />
  );

export const JobsPage = () => {
  const asked = filters();
  const { value, error, reload } = useLive(
    (signal) => listJobs({ limit: rowsPerPage, ...asked }, signal),
    [JSON.stringify(asked)],
    ({ items }) => (items.some(isLive) ? liveMs : idleMs),
  );
  const live = value?.items.filter(isLive).length ?? 0;
  return (
    <Page
      title="Jobs"
      lead={live > 0 ? `${live} under way` : undefined}
      actions={(Object.keys(asked).length > 0 || (value?.items.length ?? 0) > 0) && <Filters />}
    >
      {error !== undefined && !value && <ErrorBox error={error} retry={reload} />}
      {!value && error === undefined && <Loading lines={6} />}
      {value?.items.length === 0 && <NoJobs filtered={Object.keys(asked).length > 0} />}
      {value && value.items.length > 0 && <Table jobs={value.items} reload={reload} />}
      {value && (asked['cursor'] !== undefined || value.next !== null) && (
        <nav class="row row-center" aria-label="Pages">
          <button
            type="button"
            class="button"
            disabled={asked['cursor'] === undefined}
            onClick={() => setQuery({ cursor: undefined })}
          >
            Newest
          </button>
          <button
            type="button"
            class="button"
            disabled={value.next === null}
            onClick={() => setQuery({ cursor: value.next ?? undefined })}
          >
            Older <Icon name="chevron" />
          </button>
        </nav>
      )}
      {value && value.items.length > 0 && <p class="muted small">Drop a file anywhere to begin with it.</p>}
    </Page>
  );
};
