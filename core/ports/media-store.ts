/** The library: one record per distinct content and owner. `test/contract/media-store.contract.ts` tests every sentence. */
import type { MediaRecord } from '../job/media-record.ts';
import type { Page } from './job-store.ts';

export interface MediaQuery {
  readonly owner: string;
  readonly source?: string;
  readonly sha256?: string;
  /** 1..1000. */
  readonly limit: number;
  /** Opaque; a cursor that was not made here is `spec.invalid`. */
  readonly cursor?: string;
}

export interface MediaStore {
  /**
   * Stores a new item at version 1. Fails with `conflict.state` when the id exists, or when the owner has an item with the
   * same sha256: then `bySha256` finds it.
   */
  create(media: MediaRecord): Promise<void>;
  /** Resolves to undefined when there is none. */
  get(id: string): Promise<MediaRecord | undefined>;
  /** The item that was last brought in from there; of the owner only. */
  bySource(owner: string, source: string): Promise<MediaRecord | undefined>;
  bySha256(owner: string, sha256: string): Promise<MediaRecord | undefined>;
  /** Like `JobStore.update`: by version, else `conflict.state`. The sha256 never changes; the source may. */
  update(media: MediaRecord): Promise<MediaRecord>;
  /** The owner's items, newest first (by id). */
  list(query: MediaQuery): Promise<Page<MediaRecord>>;
  /** Absent is fine. */
  remove(id: string): Promise<void>;
}
