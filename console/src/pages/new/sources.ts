/** What goes into the new job. Files are sent as soon as they are chosen, while one still thinks about the rest. */
import { signal } from '@preact/signals';
import { type Begun, uploadBlob } from '#client/upload.ts';
import { api, messageOf } from '../../app/api.ts';
import { send } from '../../app/send.ts';

export interface Source {
  readonly id: number;
  /** The input of the job that it becomes. */
  readonly slot: string;
  readonly label: string;
  readonly bytes: number | undefined;
  /** As a job names it; undefined until it has arrived. */
  readonly input: unknown;
  readonly state: 'sending' | 'ready' | 'failed';
  readonly share: number;
  readonly error: string | undefined;
  readonly file: File | undefined;
}

export const sources = signal<readonly Source[]>([]);
const stops = new Map<number, AbortController>();
let last = 0;

export const inSlot = (slot: string): readonly Source[] => sources.value.filter((source) => source.slot === slot);

const change = (id: number, values: Partial<Source>): void => {
  sources.value = sources.value.map((source) => (source.id === id ? { ...source, ...values } : source));
};

const add = (source: Omit<Source, 'id'>): number => {
  last += 1;
  sources.value = [...sources.value, { ...source, id: last }];
  return last;
};

/** Uploads that were broken off in this tab are gone on with when the same file is chosen again. */
const memory = ({ name, size, lastModified }: File) => {
  const key = `kinoduct.upload:${name}:${size}:${lastModified}`;
  const text = sessionStorage.getItem(key);
  return {
    begun: text === null ? undefined : (JSON.parse(text) as Begun), // true: only `keep` writes it
    keep: (begun: Begun) => sessionStorage.setItem(key, JSON.stringify(begun)),
    forget: () => sessionStorage.removeItem(key),
  };
};

const upload = async (id: number, file: File): Promise<void> => {
  const stop = new AbortController();
  stops.set(id, stop);
  const { begun, keep, forget } = memory(file);
  const how = {
    filename: file.name,
    send,
    signal: stop.signal,
    onBegun: keep,
    onProgress: (share: number) => change(id, { share }),
  };
  try {
    const resumed = begun && (await uploadBlob(api, file, { ...how, begun }).catch(() => undefined));
    const upload = resumed ?? (await uploadBlob(api, file, how));
    change(id, { state: 'ready', input: upload, share: 1 });
    forget();
  } catch (error) {
    if (!stop.signal.aborted) change(id, { state: 'failed', error: messageOf(error) });
  } finally {
    stops.delete(id);
  }
};

export const addFiles = (slot: string, files: readonly File[]): void => {
  for (const file of files) {
    const source = { slot, label: file.name, bytes: file.size, input: undefined, file } as const;
    void upload(add({ ...source, state: 'sending', share: 0, error: undefined }), file);
  }
};

export const sendAgain = ({ id, file }: Source): void => {
  if (!file) return;
  change(id, { state: 'sending', error: undefined });
  void upload(id, file);
};

const addReady = (slot: string, label: string, input: unknown): void => {
  const rest = { bytes: undefined, state: 'ready', share: 1, error: undefined, file: undefined } as const;
  add({ slot, label, input, ...rest });
};

export const addAddress = (slot: string, url: string): void => addReady(slot, url, url);

export const addMedia = (slot: string, label: string, id: string): void => addReady(slot, label, { media: id });

const testSeconds = 5;

/** A clip that the server makes itself. */
export const addTest = (slot: string): void =>
  addReady(slot, `Test clip, ${testSeconds} s`, { test: { seconds: testSeconds } });

/** Ends its upload, if that is under way. */
export const removeSource = (id: number): void => {
  stops.get(id)?.abort();
  sources.value = sources.value.filter((source) => source.id !== id);
};

export const clearSources = (): void => {
  for (const { id } of sources.value) removeSource(id);
};
