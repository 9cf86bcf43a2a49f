/** Where files come in: dropped, chosen, pasted as an address, taken from the library. */
import { useSignal } from '@preact/signals';
import type { MediaView } from '#core/job/media-record.ts';
import { api, type Page } from '../../app/api.ts';
import { bytes } from '../../app/format.ts';
import { useLive } from '../../app/live.ts';
import { Field } from '../../ui/field.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Progress } from '../../ui/progress.tsx';
import { addAddress, addFiles, addMedia, addTest, inSlot, removeSource, sendAgain, type Source } from './sources.ts';

const SourceRow = ({ source }: { readonly source: Source }) => (
  <li class="source">
    <Icon name={source.state === 'failed' ? 'alert' : source.file ? 'film' : 'link'} />
    <div class="source-text">
      <span class="source-name">{source.label}</span>
      {source.state === 'sending' && <Progress share={source.share} label={`Upload of ${source.label}`} />}
      {source.error && <span class="field-error">{source.error}</span>}
    </div>
    <span class="muted small">
      {source.state === 'ready' && source.file && 'uploaded · '}
      {source.bytes !== undefined && bytes(source.bytes)}
    </span>
    {source.state === 'failed' && (
      <button type="button" class="button" onClick={() => sendAgain(source)}>
        <Icon name="retry" /> Go on
      </button>
    )}
    <button
      type="button"
      class="button button-quiet"
      aria-label={`Remove ${source.label}`}
      onClick={() => removeSource(source.id)}
    >
      <Icon name="cross" />
    </button>
  </li>
);

/** A form in a form is no HTML: Enter is looked for by hand. */
const AddressField = ({ slot, done }: { readonly slot: string; readonly done: () => void }) => {
  const url = useSignal('');
  const add = (): void => {
    if (!url.value.trim()) return;
    addAddress(slot, url.value.trim());
    done();
  };
  return (
    <div class="row row-field">
      <Field label="Address" hint="http(s):// of the file itself, or s3://bucket/key">
        {(wiring) => (
          <input
            {...wiring}
            type="text"
            inputMode="url"
            placeholder="https://example.com/film.mov"
            value={url}
            onInput={(event) => (url.value = event.currentTarget.value)}
            onKeyDown={(event) => event.key === 'Enter' && (event.preventDefault(), add())}
          />
        )}
      </Field>
      <button type="button" class="button" onClick={add}>
        Add
      </button>
    </div>
  );
};

const LibraryField = ({ slot, done }: { readonly slot: string; readonly done: () => void }) => {
  const { value } = useLive((signal) => api.json<Page<MediaView>>('GET', '/v1/media?limit=100', { signal }), []);
  if (value?.items.length === 0) return <p class="muted">The library is empty: jobs that read an address fill it.</p>;
  return (
    <Field label="From the library">
      {(wiring) => (
        <select
          {...wiring}
          onChange={({ currentTarget }) => {
            const chosen = value?.items.find(({ id }) => id === currentTarget.value);
            if (chosen) addMedia(slot, chosen.title ?? chosen.filename, chosen.id);
            done();
          }}
        >
          <option value="">Choose…</option>
          {value?.items.map(({ id, title, filename, bytes: size }) => (
            <option key={id} value={id}>
              {title ?? filename} ({bytes(size)})
            </option>
          ))}
        </select>
      )}
    </Field>
  );
};

/** `many` takes several; `error` is what is wrong with the input. */
export const SourceSlot = (props: {
  readonly slot: string;
  readonly title: string;
  readonly hint?: string | undefined;
  readonly many: boolean;
  readonly error?: string | undefined;
}) => {
  const { slot, title, many } = props;
  const over = useSignal(false);
  const open = useSignal<'address' | 'library' | undefined>(undefined);
  const found = inSlot(slot);
  const take = (files: FileList | null | undefined): void =>
    addFiles(slot, [...(files ?? [])].slice(0, many ? 100 : 1));
  const toggle = (which: 'address' | 'library'): void => {
    open.value = open.value === which ? undefined : which;
  };
  const close = (): void => {
    open.value = undefined;
  };
  const full = !many && found.length > 0;
  return (
    <fieldset
      class={`slot ${over.value ? 'is-over' : ''}`}
      onDragOver={(event) => (event.preventDefault(), (over.value = true))}
      onDragLeave={() => (over.value = false)}
      onDrop={(event) => {
        event.preventDefault();
        over.value = false;
        if (!full) take(event.dataTransfer?.files);
      }}
      onPaste={(event) => {
        const text = event.clipboardData?.getData('text').trim() ?? '';
        if (!full && !(event.target instanceof HTMLInputElement) && /^(?:https?|s3):\/\//.test(text))
          addAddress(slot, text);
      }}
    >
      <legend>{title}</legend>
      {props.hint && <p class="hint">{props.hint}</p>}
      {found.length > 0 && (
        <ul class="sources">
          {found.map((source) => (
            <SourceRow key={source.id} source={source} />
          ))}
        </ul>
      )}
      {!full && (
        <div class={`drop ${found.length > 0 ? 'drop-small' : ''}`}>
          <p>
            <Icon name="upload" /> {found.length > 0 ? 'More files' : 'Drop a file here'}
          </p>
          <div class="row row-center">
            <label class="button file-button">
              Choose {many ? 'files' : 'a file'}
              <input
                type="file"
                accept="video/*,audio/*,image/*"
                multiple={many}
                onChange={(event) => {
                  take(event.currentTarget.files);
                  event.currentTarget.value = '';
                }}
              />
            </label>
            <button
              type="button"
              class="button"
              aria-expanded={open.value === 'address'}
              onClick={() => toggle('address')}
            >
              <Icon name="link" /> Address
            </button>
            <button
              type="button"
              class="button"
              aria-expanded={open.value === 'library'}
              onClick={() => toggle('library')}
            >
              <Icon name="library" /> Library
            </button>
            <button type="button" class="button" onClick={() => addTest(slot)}>
              <Icon name="play" /> Test clip
            </button>
          </div>
          {open.value === 'address' && <AddressField slot={slot} done={close} />}
          {open.value === 'library' && <LibraryField slot={slot} done={close} />}
        </div>
      )}
      {props.error && <p class="field-error">{props.error}</p>}
    </fieldset>
  );
};
