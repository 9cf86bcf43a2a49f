/** The frame around every page, and which page it is. */
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { JobPage } from '../pages/job/job-page.tsx';
import { JobsPage } from '../pages/jobs/jobs-page.tsx';
import { LibraryPage } from '../pages/library/library-page.tsx';
import { LoadTestPage } from '../pages/load-test/load-test-page.tsx';
import { presetSlot } from '../pages/new/draft.ts';
import { NewJobPage } from '../pages/new/new-job-page.tsx';
import { addFiles } from '../pages/new/sources.ts';
import { SystemPage } from '../pages/system/system-page.tsx';
import { WebhooksPage } from '../pages/webhooks/webhooks-page.tsx';
import { Confirmation } from '../ui/confirm.tsx';
import { Icon } from '../ui/icon.tsx';
import { Empty } from '../ui/states.tsx';
import { online } from './api.ts';
import { readFeatures } from './features.ts';
import { Navigation } from './navigation.tsx';
import { go, href, path } from './routes.ts';
import { phase } from './session.ts';
import { SignIn } from './sign-in.tsx';
import { dismiss, toasts } from './toasts.ts';

const pages: Readonly<Record<string, ComponentType>> = {
  '/': JobsPage,
  '/new': NewJobPage,
  '/library': LibraryPage,
  '/webhooks': WebhooksPage,
  '/load-test': LoadTestPage,
  '/system': SystemPage,
};

const NoPage = () => (
  <Empty icon="alert" title="There is no such page">
    <a class="button" href={href('/')}>
      To the jobs
    </a>
  </Empty>
);

const CurrentPage = () => {
  const job = /^\/jobs\/(job_\w+)$/.exec(path.value)?.[1];
  if (job !== undefined) return <JobPage key={job} id={job} />;
  const Found = pages[path.value] ?? NoPage;
  return <Found />;
};

const Toasts = () => (
  <div class="toasts" role="status" aria-live="polite">
    {toasts.value.map(({ id, kind, text }) => (
      <div key={id} class={`toast toast-${kind}`}>
        <Icon name={kind === 'done' ? 'check' : 'alert'} />
        <span>{text}</span>
        <button type="button" class="button button-quiet" aria-label="Dismiss" onClick={() => dismiss(id)}>
          <Icon name="cross" />
        </button>
      </div>
    ))}
  </div>
);

const Offline = () => (
  <p class="offline" role="status">
    <Icon name="retry" class="spin" /> The server does not answer. Trying again…
  </p>
);

/** A file that is dropped anywhere begins a new job, unless a field has taken it. */
const dropAnywhere = (): (() => void) => {
  const stop = new AbortController();
  const { signal } = stop;
  addEventListener('dragover', (event) => event.preventDefault(), { signal });
  addEventListener(
    'drop',
    (event) => {
      const files = [...(event.dataTransfer?.files ?? [])];
      if (event.defaultPrevented || files.length === 0) return;
      event.preventDefault();
      if (phase.value !== 'in') return;
      addFiles(presetSlot, files);
      go('/new');
    },
    { signal },
  );
  return () => stop.abort();
};

export const App = () => {
  useEffect(() => void readFeatures(), []);
  useEffect(dropAnywhere, []);
  if (phase.value === 'starting') return null;
  if (phase.value === 'out') return <SignIn />;
  return (
    <div class="shell">
      <a
        class="skip"
        href="#main"
        onClick={(event) => (event.preventDefault(), document.getElementById('main')?.focus())}
      >
        To the content
      </a>
      <Navigation />
      <main id="main" class="main" tabIndex={-1}>
        {!online.value && <Offline />}
        <CurrentPage />
      </main>
      <Toasts />
      <Confirmation />
    </div>
  );
};
