/** The library: one record per distinct content and owner. `test/contract/media-store.contract.ts` tests every sentence. */
import type { MediaRecord } from '../job/media-record.ts';
import type { Page } from './job-store.ts';

export interface MediaQuery {
  readonly owner: string;
  readonly source?: string | undefined;
  readonly sha256?: string | undefined;
  /** 1..1000. */
  readonly limit: number;
  /** Opaque; a cursor that was not made here is `spec.invalid`. */
  readonly cursor?: string | undefined;
}

export interface MediaStore {
  /**
   * Stores a new item at version 1. Fails with `conflict.state` when the id exists, or when the owner has an item with the
   * same sha256: then `bySha256` finds it.
   */
  create(media: MediaRecord): Promise<void>;
  /** Resolves to undefined when there is none. */
  get(id: string): Promise<MediaRecord | undefined>;
  /** The item that was last brought in from there, by its `updatedAt`; of the owner only. */
  bySource(owner: string, source: string): Promise<MediaRecord | undefined>;
  bySha256(owner: string, sha256: string): Promise<MediaRecord | undefined>;
  /** Like `JobStore.update`: by version, else `conflict.state`. Owner and sha256 never change; the source may. */
  update(media: MediaRecord): Promise<MediaRecord>;
  /** The owner's items, newest first (by id). */
  list(query: MediaQuery): Promise<Page<MediaRecord>>;
  /** Absent is fine. The owner may then have the same content again, under another id. */
  remove(id: string): Promise<void>;
}
