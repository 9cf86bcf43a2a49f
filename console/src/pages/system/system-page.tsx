/** How the server is, what waits, and what is kept. */
import type { Stats } from '#core/usecases/stats.ts';
import type { SystemFacts } from '#console/system-facts.ts';
import { api, problemIn } from '../../app/api.ts';
import { has } from '../../app/features.ts';
import { ago, bytes, seconds } from '../../app/format.ts';
import { useLive } from '../../app/live.ts';
import { isOwnMachine } from '../../app/place.ts';
import { href } from '../../app/routes.ts';
import { Icon } from '../../ui/icon.tsx';
import { Page } from '../../ui/page.tsx';
import { ErrorBox, Loading } from '../../ui/states.tsx';
import { Status } from '../../ui/status.tsx';
import { UsagePanel } from './usage-panel.tsx';

interface Health {
  readonly status: string;
  readonly version: string;
  readonly checks: Readonly<Record<string, string>>;
}

const healthMs = 30_000;
const statsMs = 5000;
const factsMs = 10_000;

const HealthPanel = () => {
  const { value, error } = useLive(
    async (signal) => (await (await api.request('GET', '/health', { signal })).json()) as Health, // true: the API's schema
    [],
    () => healthMs,
  );
  return (
    <section class="panel" aria-labelledby="health">
      <h2 id="health">Health</h2>
      {error !== undefined && <ErrorBox error={error} />}
      {value && (
        <dl class="pairs">
          {Object.entries(value.checks).map(([name, status]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <Status status={status} />
              </dd>
            </div>
          ))}
          <div>
            <dt>version</dt>
            <dd>{value.version}</dd>
          </div>
        </dl>
      )}
    </section>
  );
};

const QueuePanel = () => {
  const { value, error } = useLive(
    (signal) => api.json<Stats>('GET', '/v1/stats', { signal }),
    [],
    () => statsMs,
  );
  return (
    <section class="panel" aria-labelledby="queue">
      <h2 id="queue">Queue</h2>
      {error !== undefined && !value && <ErrorBox error={error} />}
      {value && (
        <dl class="pairs">
          {Object.entries(value.byStatus).map(([status, jobs]) => (
            <div key={status}>
              <dt>
                <a href={href(`/?status=${status}`)}>{status}</a>
              </dt>
              <dd>{jobs}</dd>
            </div>
          ))}
          <div>
            <dt>oldest</dt>
            <dd>{value.oldestAgeSeconds === null ? 'nothing waits' : seconds(value.oldestAgeSeconds)}</dd>
          </div>
        </dl>
      )}
    </section>
  );
};

const words: Readonly<Record<string, string>> = {
  uploads: 'Uploads',
  outputs: 'Outputs',
  media: 'Library',
  work: 'Between steps',
};

const StoredPanel = ({ facts }: { readonly facts: SystemFacts }) => {
  const total = facts.stored.reduce((sum, { bytes: size }) => sum + size, 0);
  return (
    <section class="panel" aria-labelledby="stored">
      <h2 id="stored">Stored files</h2>
      <dl class="pairs">
        {facts.stored.map(({ folder, files, bytes: size }) => (
          <div key={folder}>
            <dt>
              {words[folder] ?? folder} <span class="small">({files})</span>
            </dt>
            <dd>
              <span class="meter">
                <progress max={total || 1} value={size} aria-label={`Share of ${words[folder] ?? folder}`} />
                {bytes(size)}
              </span>
            </dd>
          </div>
        ))}
        <div>
          <dt>free on the disk</dt>
          <dd>{bytes(facts.disk.freeBytes)}</dd>
        </div>
      </dl>
    </section>
  );
};

const RowsPanel = ({ facts }: { readonly facts: SystemFacts }) => (
  <section class="panel" aria-labelledby="rows">
    <h2 id="rows">Rows of the database</h2>
    <dl class="pairs">
      {Object.entries(facts.rows).map(([table, rows]) => (
        <div key={table}>
          <dt>{table.replaceAll('_', ' ')}</dt>
          <dd>{rows.toLocaleString('en')}</dd>
        </div>
      ))}
    </dl>
  </section>
);

const MachinePanel = ({ facts }: { readonly facts: SystemFacts }) => (
  <section class="panel" aria-labelledby="machine">
    <h2 id="machine">This machine</h2>
    <dl class="pairs">
      {[
        ['started', ago(facts.startedAt)],
        ['memory', bytes(facts.memoryBytes)],
        ['FFmpeg', facts.ffmpeg],
        ['tasks at once', String(facts.concurrency)],
        ['data', facts.dataFolder],
        ['drop files into', `${facts.inbox}/<template>/`],
      ].map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  </section>
);

const links = () =>
  [
    ['/openapi.json', 'openapi.json', 'the API, described'],
    ...(isOwnMachine() ? [['/metrics', 'metrics', 'for Prometheus'] as const] : []),
    ['/health', 'health', 'for load balancers'],
  ] as const;

const LinksPanel = () => (
  <section class="panel" aria-labelledby="links">
    <h2 id="links">For programs</h2>
    <ul class="pairs">
      {links().map(([address, name, text]) => (
        <li key={name}>
          <a href={address} target="_blank" rel="noreferrer">
            {name} <Icon name="out" class="inline" />
          </a>{' '}
          <span class="muted small">{text}</span>
        </li>
      ))}
    </ul>
  </section>
);

/** Only a server on one machine tells about itself, and only to who runs it. */
const useFacts = () =>
  useLive(
    async (signal) => {
      if (!isOwnMachine()) return null;
      try {
        return await api.json<SystemFacts>('GET', '/console/system', { signal });
      } catch (error) {
        if ([403, 404].includes(problemIn(error)?.status ?? 0)) return null;
        throw error;
      }
    },
    [],
    (facts) => (facts === null ? undefined : factsMs),
  );

export const SystemPage = () => {
  const { value: facts, error } = useFacts();
  return (
    <Page title="System">
      <div class="panels">
        <QueuePanel />
        <HealthPanel />
        {facts && <StoredPanel facts={facts} />}
        {facts && <MachinePanel facts={facts} />}
        {facts && <RowsPanel facts={facts} />}
        {has('/v1/usage') && <UsagePanel />}
        <LinksPanel />
        {facts === undefined && error === undefined && <Loading lines={2} />}
      </div>
    </Page>
  );
};
