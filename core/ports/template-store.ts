/** Templates that people store, by owner and name, with every version that was ever current. */
import type { StoredTemplate } from '../templates/template.ts';
import type { Page } from './job-store.ts';

export interface TemplateStore {
  /** The newest version, or that one. Resolves to undefined when there is none or it was removed. */
  get(owner: string, name: string, version?: number): Promise<StoredTemplate | undefined>;
  /**
   * Stores `template.version`. Fails with `conflict.state` unless the newest version is `template.version - 1` (0 where
   * there is none). A name that was removed goes on counting where it stopped.
   */
  put(template: StoredTemplate): Promise<void>;
  /** The newest version of each, by name. */
  list(query: {
    readonly owner: string;
    readonly limit: number;
    readonly cursor?: string;
  }): Promise<Page<StoredTemplate>>;
  /** Old versions stay readable by number, because jobs name them. Absent is fine. */
  remove(owner: string, name: string): Promise<void>;
}
