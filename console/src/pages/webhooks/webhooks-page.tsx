/** Who is told of what happens. */
import { useState } from 'preact/hooks';
import type { NoticeView } from '#core/job/notice-record.ts';
import type { WebhookView } from '#core/job/webhook-record.ts';
import { api, messageOf, type Page as PageOf } from '../../app/api.ts';
import { ago } from '../../app/format.ts';
import { useLive } from '../../app/live.ts';
import { attempt } from '../../app/toasts.ts';
import { confirm } from '../../ui/confirm.tsx';
import { Code } from '../../ui/copy.tsx';
import { Field } from '../../ui/field.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Page } from '../../ui/page.tsx';
import { Empty, ErrorBox, Loading } from '../../ui/states.tsx';
import { Status } from '../../ui/status.tsx';

/** The secret is shown once, when it is made. */
const NewWebhook = ({ done }: { readonly done: () => void }) => {
  const [url, setUrl] = useState('');
  const [error, setError] = useState<string | undefined>(undefined);
  const [secret, setSecret] = useState<string | undefined>(undefined);
  const add = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      const made = await api.json<{ readonly secret: string }>('POST', '/v1/webhooks', { body: { url: url.trim() } });
      setSecret(made.secret);
      setError(undefined);
      setUrl('');
      done();
    } catch (problem) {
      setError(messageOf(problem));
    }
  };
  return (
    <div class="panel">
      <form onSubmit={(event) => void add(event)}>
        <div class="row row-field">
          <Field label="New webhook" hint="A public https address. It is told of every event, signed." error={error}>
            {(wiring) => (
              <input
                {...wiring}
                type="text"
                inputMode="url"
                required
                placeholder="https://example.com/hooks/kinoduct"
                value={url}
                onInput={(event) => setUrl(event.currentTarget.value)}
              />
            )}
          </Field>
          <button type="submit" class="button">
            Add
          </button>
        </div>
      </form>
      {secret !== undefined && (
        <div role="status">
          <p>Its messages are signed with this secret, which is not shown again:</p>
          <Code text={secret} label="Copy the secret" />
        </div>
      )}
    </div>
  );
};

const Deliveries = ({ webhook }: { readonly webhook: WebhookView }) => {
  const path = `/v1/webhooks/${webhook.id}/deliveries`;
  const { value, error, reload } = useLive(
    (signal) => api.json<PageOf<NoticeView>>('GET', `${path}?limit=20`, { signal }),
    [webhook.id],
  );
  if (error !== undefined && !value) return <ErrorBox error={error} retry={reload} />;
  if (!value) return <Loading lines={1} />;
  if (value.items.length === 0) return <p class="muted">Nothing was sent in the last 30 days.</p>;
  return (
    <ul class="list">
      {value.items.map((notice) => (
        <li key={notice.id} class="list-row">
          <Status status={notice.state === 'delivered' ? 'succeeded' : notice.state} word={notice.state} />
          <span class="mono small">{notice.event.type}</span>
          <span class="muted small">{ago(notice.event.timestamp)}</span>
          <button
            type="button"
            class="button hash"
            onClick={() =>
              void attempt(
                () => api.json('POST', `${path}/${notice.id}/replay`, { body: {} }),
                'It is sent again.',
              ).then(reload)
            }
          >
            <Icon name="retry" /> Send again
          </button>
        </li>
      ))}
    </ul>
  );
};

const Webhook = ({ webhook, reload }: { readonly webhook: WebhookView; readonly reload: () => void }) => {
  const [isOpen, setOpen] = useState(false);
  const name = webhook.url ?? 'Addresses that jobs name themselves';
  const remove = async (): Promise<void> => {
    const sure = await confirm({
      title: 'Delete this webhook?',
      text: `${name} is told nothing more.`,
      action: 'Delete',
    });
    if (sure && (await attempt(() => api.json('DELETE', `/v1/webhooks/${webhook.id}`), 'It is gone.'))) reload();
  };
  return (
    <li class="panel">
      <div class="row">
        <strong class="wrap">{name}</strong>
        <Status status={webhook.state} />
        {webhook.url !== null && (
          <button
            type="button"
            class="button button-quiet hash"
            aria-label={`Delete ${name}`}
            onClick={() => void remove()}
          >
            <Icon name="trash" />
          </button>
        )}
      </div>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>What was sent</summary>
        {isOpen && <Deliveries webhook={webhook} />}
      </details>
    </li>
  );
};

export const WebhooksPage = () => {
  const { value, error, reload } = useLive(
    (signal) => api.json<PageOf<WebhookView>>('GET', '/v1/webhooks', { signal }),
    [],
  );
  return (
    <Page title="Webhooks" lead="Addresses that are told when a job or an output ends.">
      <div class="stack">
        <NewWebhook done={reload} />
        {error !== undefined && !value && <ErrorBox error={error} retry={reload} />}
        {!value && error === undefined && <Loading />}
        {value?.items.length === 0 && <Empty icon="hook" title="Nobody is told yet" />}
        {value && value.items.length > 0 && (
          <ul class="stack">
            {value.items.map((webhook) => (
              <Webhook key={webhook.id} webhook={webhook} reload={reload} />
            ))}
          </ul>
        )}
      </div>
    </Page>
  );
};
