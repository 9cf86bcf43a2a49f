/** Puts what was brought in into the library, where the same content is kept once. */
import { Failure, hasCode } from '../failures.ts';
import { mediaKey } from '../job/keys.ts';
import type { MediaRecord } from '../job/media-record.ts';
import { instant } from '../ports/clock.ts';
import type { Imported, ImportRun, TransferDeps } from './transfer.ts';

type KeepDeps = Pick<TransferDeps, 'library' | 'objects' | 'clock' | 'ids' | 'log'>;

/** What is known of bytes that lie in `file` now. */
export interface BroughtIn {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly contentType: string | null;
  readonly filename: string | null;
  readonly source: string;
  readonly etag: string | null;
  readonly lastModified: string | null;
  readonly title?: string | null;
  readonly metadata?: MediaRecord['metadata'];
}

/** An item changes hands only between two readings; nobody does that often. */
const maxTries = 5;

const isStored = async ({ objects }: KeepDeps, { object }: MediaRecord): Promise<boolean> =>
  (await objects.head(object.key))?.etag === object.etag;

/** What the library has from there, if its bytes are still stored. */
export const knownMedia = async (deps: KeepDeps, owner: string, source: string): Promise<MediaRecord | undefined> => {
  const media = await deps.library.bySource(owner, source);
  return media && (await isStored(deps, media)) ? media : undefined;
};

/** Tells the library that the item was brought in again. Where someone removed it just now: undefined. */
const broughtInAgain = async (
  deps: KeepDeps,
  media: MediaRecord,
  changes: Partial<MediaRecord>,
): Promise<MediaRecord | undefined> => {
  let item: MediaRecord | undefined = media;
  for (let tries = 1; item !== undefined; tries += 1) {
    try {
      return await deps.library.update({ ...item, ...changes, updatedAt: instant(deps.clock.now()) });
    } catch (error) {
      if (!hasCode(error, 'conflict.state') || tries === maxTries) throw error;
      item = await deps.library.get(media.id);
    }
  }
  return undefined;
};

const importedOf = (media: MediaRecord, reused: boolean): Imported => ({
  media: media.id,
  object: media.object,
  reused,
});

/** The item as the result of an import that needed no bytes. Undefined where someone removed it just now. */
export const reuseMedia = async (deps: KeepDeps, media: MediaRecord): Promise<Imported | undefined> => {
  const kept = await broughtInAgain(deps, media, {});
  return kept && importedOf(kept, true);
};

const cut = (text: string | null | undefined, length: number): string | null => text?.slice(0, length) ?? null;
/** Half a version names nothing. */
const whole = (text: string | null, length: number): string | null =>
  text !== null && text.length <= length ? text : null;

const provenance = (brought: BroughtIn): Pick<MediaRecord, 'source' | 'etag' | 'lastModified'> => ({
  source: brought.source,
  etag: whole(brought.etag, 1024),
  lastModified: whole(brought.lastModified, 128),
});

/** The new item, or undefined where the library got the same content at this moment. */
const created = async (deps: KeepDeps, run: ImportRun, brought: BroughtIn): Promise<MediaRecord | undefined> => {
  const { owner, signal } = run;
  const id = deps.ids.next('med');
  const key = mediaKey(owner, id);
  const contentType = cut(brought.contentType, 255) ?? 'application/octet-stream';
  const now = instant(deps.clock.now());
  try {
    const { etag, bytes } = await deps.objects.upload(brought.file, key, { contentType, signal });
    if (bytes !== brought.bytes) throw new Failure('platform.internal', { detail: 'An import was not stored whole.' });
    const media: MediaRecord = {
      id,
      owner,
      version: 1,
      object: { key, etag, bytes },
      sha256: brought.sha256,
      contentType,
      filename: cut(brought.filename, 255) ?? 'media',
      ...provenance(brought),
      title: cut(brought.title, 512),
      metadata: brought.metadata ?? {},
      probe: null,
      createdAt: now,
      updatedAt: now,
    };
    await deps.library.create(media);
    return media;
  } catch (error) {
    // It may be unknown whether the item was written. An item without bytes is worse than bytes without an item.
    if (!(await deps.library.get(id).catch(() => true))) await deps.objects.remove(key).catch(() => undefined);
    if (hasCode(error, 'conflict.state')) return undefined;
    throw error;
  }
};

/** Mends an item whose bytes were removed behind the library's back. */
const restored = async (deps: KeepDeps, run: ImportRun, media: MediaRecord, file: string): Promise<MediaRecord> => {
  if (await isStored(deps, media)) return media;
  deps.log.warn('an item of the library had lost its bytes', { media: media.id });
  const { contentType, object } = media;
  const { etag, bytes } = await deps.objects.upload(file, object.key, { contentType, signal: run.signal });
  return { ...media, object: { key: object.key, etag, bytes } };
};

/**
 * Resolves to the item that holds these bytes: one that the library had, whose source is now this one, or a new one.
 * Nothing of a new one stays behind when it fails.
 */
export const keepMedia = async (deps: KeepDeps, run: ImportRun, brought: BroughtIn): Promise<Imported> => {
  for (let tries = 1; tries <= maxTries; tries += 1) {
    const same = await deps.library.bySha256(run.owner, brought.sha256);
    if (!same) {
      const media = await created(deps, run, brought);
      if (media) return importedOf(media, false);
      continue;
    }
    const { object } = await restored(deps, run, same, brought.file);
    const more = {
      ...(brought.title ? { title: cut(brought.title, 512) } : {}),
      ...(brought.metadata ? { metadata: brought.metadata } : {}),
    };
    const kept = await broughtInAgain(deps, same, { ...provenance(brought), ...more, object });
    if (kept) return importedOf(kept, true);
  }
  throw new Failure('platform.throttled', { detail: 'The library changes too quickly.' });
};
