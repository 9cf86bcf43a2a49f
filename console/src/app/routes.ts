/** Where one is. Addresses stand behind `#`, so that any server of files can serve the console, below any path. */
import { computed, signal } from '@preact/signals';

const read = (): string => (location.hash.startsWith('#/') ? location.hash.slice(1) : '/');

const here = signal(read());
addEventListener('hashchange', () => {
  here.value = read();
});

/** Without the query: `/jobs/job_…`. */
export const path = computed(() => here.value.split('?')[0] ?? '/');
export const query = computed(() => new URLSearchParams(here.value.split('?')[1] ?? ''));

export const href = (to: string): string => `#${to}`;

export const go = (to: string): void => {
  location.hash = to;
};

/** Changes the query without a step in the history. */
export const setQuery = (values: Readonly<Record<string, string | undefined>>): void => {
  const next = new URLSearchParams(query.value);
  for (const [name, value] of Object.entries(values)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  const text = next.toString();
  history.replaceState(null, '', href(text ? `${path.value}?${text}` : path.value));
  here.value = read();
};

export const jobPath = (id: string): string => `/jobs/${id}`;
