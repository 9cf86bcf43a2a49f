/**
 * Endpoints that are told of events, and the notices on their way to them. `test/contract/webhook-store.contract.ts` tests
 * every sentence.
 */
import type { NoticeRecord } from '../job/notice-record.ts';
import type { WebhookRecord } from '../job/webhook-record.ts';
import type { Page } from './job-store.ts';

export interface NoticeKey {
  readonly owner: string;
  readonly webhook: string;
  readonly id: string;
}

interface Listing {
  readonly owner: string;
  /** 1..1000. */
  readonly limit: number;
  /** Opaque; a cursor that was not made here is `spec.invalid`. */
  readonly cursor?: string | undefined;
}

export interface WebhookStore {
  /** Stores a new endpoint at version 1. Fails with `conflict.state` when the owner has the id already. */
  create(webhook: WebhookRecord): Promise<void>;
  /** Resolves to undefined when the owner has none of that id. */
  get(owner: string, id: string): Promise<WebhookRecord | undefined>;
  /** Replaces the version that `webhook` names and answers the next one; else fails with `conflict.state`. */
  update(webhook: WebhookRecord): Promise<WebhookRecord>;
  /** The owner's endpoints, newest first (by id). */
  list(query: Listing): Promise<Page<WebhookRecord>>;
  /** Absent is fine. Its notices stay until they expire. */
  remove(owner: string, id: string): Promise<void>;

  /** Stores a new notice; one that is there already, however it stands, is left as it is. */
  queue(notice: NoticeRecord): Promise<void>;
  /** Resolves to undefined when there is none. */
  notice(key: NoticeKey): Promise<NoticeRecord | undefined>;
  /** Like `update`: by version, else `conflict.state`. Of many that try at once, one gets through. */
  updateNotice(notice: NoticeRecord): Promise<NoticeRecord>;
  /** The notices of one endpoint, newest first (by id). */
  notices(query: Listing & { readonly webhook: string }): Promise<Page<NoticeRecord>>;
  /** Pending notices whose `nextAt` is not after `now`, the longest due first. The list may be a moment behind. */
  due(now: string, limit: number): Promise<NoticeKey[]>;
}
