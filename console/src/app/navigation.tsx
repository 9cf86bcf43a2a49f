/** Where one can go, and how the server is. */
import { Icon, type IconName } from '../ui/icon.tsx';
import { api, leave } from './api.ts';
import { version } from './features.ts';
import { useLive } from './live.ts';
import { href, path } from './routes.ts';

const places: readonly (readonly [string, string, IconName])[] = [
  ['/', 'Jobs', 'list'],
  ['/library', 'Library', 'library'],
  ['/webhooks', 'Webhooks', 'hook'],
  ['/load-test', 'Load test', 'bolt'],
  ['/system', 'System', 'server'],
];

const healthEveryMs = 30_000;

/** The health of the API and of what it depends on, asked every 30 seconds. */
const Health = () => {
  const { value, error } = useLive(
    async (signal) => {
      const answer = await api.request('GET', '/health', { signal });
      return ((await answer.json()) as { status: string }).status; // true: it answers 200 and 503 alike
    },
    [],
    () => healthEveryMs,
  );
  const state = error === undefined ? (value ?? 'unknown') : 'unreachable';
  const words: Readonly<Record<string, string>> = { ok: 'All well', degraded: 'Degraded', unreachable: 'Unreachable' };
  return (
    <a class="health" href={href('/system')}>
      <span class={`dot dot-${state}`} aria-hidden="true" />
      <span>{words[state] ?? 'Asking…'}</span>
      {version() && <span class="muted">{version()}</span>}
    </a>
  );
};

const isAt = (place: string): boolean =>
  place === '/' ? path.value === '/' || path.value.startsWith('/jobs/') : path.value.startsWith(place);

export const Navigation = () => (
  <header class="side">
    <a class="brand" href={href('/')}>
      <svg viewBox="0 0 32 32" aria-hidden="true" class="brand-mark">
        <rect width="32" height="32" rx="8" />
        <path d="M12 9.2v13.6L23 16zM8 9v14" />
      </svg>
      Kinoduct
    </a>
    <a
      class="button button-main side-new"
      href={href('/new')}
      aria-current={path.value === '/new' ? 'page' : undefined}
    >
      <Icon name="plus" /> New job
    </a>
    <nav aria-label="Main">
      <ul>
        {places.map(([place, label, icon]) => (
          <li key={place}>
            <a href={href(place)} aria-current={isAt(place) ? 'page' : undefined}>
              <Icon name={icon} /> <span>{label}</span>
            </a>
          </li>
        ))}
      </ul>
    </nav>
    <div class="side-foot">
      <Health />
      <button type="button" class="button button-quiet" onClick={() => void leave()}>
        <Icon name="out" /> <span>Sign out</span>
      </button>
    </div>
  </header>
);
