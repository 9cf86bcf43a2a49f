/** What jobs brought in from elsewhere: kept, so that it is brought in only once. */
import { useState } from 'preact/hooks';
import type { MediaView } from '#core/job/media-record.ts';
import { useAddress } from '../../app/address.ts';
import { api, type Page as PageOf } from '../../app/api.ts';
import { ago, bytes, instant } from '../../app/format.ts';
import { useLive } from '../../app/live.ts';
import { go, href } from '../../app/routes.ts';
import { attempt } from '../../app/toasts.ts';
import { confirm } from '../../ui/confirm.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Page } from '../../ui/page.tsx';
import { Empty, ErrorBox, Loading } from '../../ui/states.tsx';
import { facts } from '../job/inputs.tsx';
import { presetSlot } from '../new/draft.ts';
import { addMedia } from '../new/sources.ts';

const pageSize = 50;

const nameOf = ({ title, filename }: MediaView): string => title ?? filename;

const Player = ({ item }: { readonly item: MediaView }) => {
  const address = useAddress(item.links.content);
  if (address === undefined) return <div class="frame-wait" />;
  if (item.type.startsWith('image/')) return <img class="picture" src={address} alt={nameOf(item)} />;
  return <video class="picture" controls autoPlay playsInline src={address} aria-label={nameOf(item)} />;
};

const Item = ({ item, reload }: { readonly item: MediaView; readonly reload: () => void }) => {
  const [isShown, setShown] = useState(false);
  const name = nameOf(item);
  const remove = async (): Promise<void> => {
    const sure = await confirm({
      title: `Delete “${name}”?`,
      text: 'Its bytes are removed. Jobs that were made of it stay.',
      action: 'Delete',
    });
    if (sure && (await attempt(() => api.json('DELETE', item.links.self), 'It is gone.'))) reload();
  };
  const use = (): void => {
    addMedia(presetSlot, name, item.id);
    go('/new');
  };
  return (
    <li class="library-row">
      {isShown ? (
        <Player item={item} />
      ) : (
        <button type="button" class="picture play" aria-label={`Show ${name}`} onClick={() => setShown(true)}>
          <Icon name="play" /> Show
        </button>
      )}
      <div class="library-text">
        <strong>{name}</strong>
        {item.source !== null && <span class="muted small">{item.source}</span>}
        <ul class="chips">
          {(item.probe ? facts(item.probe) : [item.type, bytes(item.bytes)]).map((fact) => (
            <li key={fact}>{fact}</li>
          ))}
          <li>
            <time dateTime={item.createdAt} title={instant(item.createdAt)}>
              {ago(item.createdAt)}
            </time>
          </li>
        </ul>
      </div>
      <div class="row row-tight">
        <button type="button" class="button" onClick={use} aria-label={`New job from ${name}`}>
          <Icon name="plus" /> New job
        </button>
        <button type="button" class="button button-quiet" aria-label={`Delete ${name}`} onClick={() => void remove()}>
          <Icon name="trash" />
        </button>
      </div>
    </li>
  );
};

export const LibraryPage = () => {
  const [most, setMost] = useState(pageSize);
  const { value, error, reload } = useLive(
    (signal) => api.json<PageOf<MediaView>>('GET', `/v1/media?limit=${most}`, { signal }),
    [most],
  );
  return (
    <Page
      title="Library"
      lead="What jobs brought in from addresses, buckets and speech. It is kept, and not fetched again."
    >
      {error !== undefined && !value && <ErrorBox error={error} retry={reload} />}
      {!value && error === undefined && <Loading />}
      {value?.items.length === 0 && (
        <Empty icon="library" title="Nothing was brought in yet">
          <p>A job that reads an address keeps what it read here.</p>
          <a class="button" href={href('/new')}>
            New job
          </a>
        </Empty>
      )}
      {value && value.items.length > 0 && (
        <ul class="list">
          {value.items.map((item) => (
            <Item key={item.id} item={item} reload={reload} />
          ))}
        </ul>
      )}
      {value && value.next !== null && (
        <p class="row row-center">
          <button type="button" class="button" onClick={() => setMost(most + pageSize)}>
            Show more
          </button>
        </p>
      )}
    </Page>
  );
};
