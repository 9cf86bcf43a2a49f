/**
 * Templates that people store, by owner and name, with every version that was ever current.
 * `test/contract/template-store.contract.ts` tests every sentence.
 */
import type { StoredTemplate } from '../job/template-record.ts';
import type { Page } from './job-store.ts';

export interface TemplateStore {
  /** The newest version, undefined where there is none or it was removed; or the version of that number. */
  get(owner: string, name: string, version?: number): Promise<StoredTemplate | undefined>;
  /** The number of the last version, also of a name that was removed; 0 where there never was one. */
  lastVersion(owner: string, name: string): Promise<number>;
  /**
   * Stores `template.version`, which becomes the newest. Fails with `conflict.state` unless it is one more than
   * `lastVersion`: a name that was removed goes on counting where it stopped.
   */
  put(template: StoredTemplate): Promise<void>;
  /** The newest version of each that was not removed, by name in the order of their characters. */
  list(query: {
    readonly owner: string;
    /** 1..1000. */
    readonly limit: number;
    /** Opaque; a cursor that was not made here is `spec.invalid`. */
    readonly cursor?: string | undefined;
  }): Promise<Page<StoredTemplate>>;
  /** Old versions stay readable by number, because jobs name them. Absent is fine. */
  remove(owner: string, name: string): Promise<void>;
}
