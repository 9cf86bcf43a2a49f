/**
 * The tables. Each row holds its record as a JSON document, and beside it the columns that queries need. Instants are
 * normalised in columns (`new Date(…).toISOString()`), so that they compare as text.
 */
import type { Kysely, Transaction } from 'kysely';

/** `status` of a row that keeps the id of a removed job taken until `removed_until`; its document is null. */
export const removed = 'removed';

interface JobRow {
  readonly id: string;
  readonly owner: string;
  readonly status: string;
  readonly template: string | null;
  readonly version: number;
  readonly attempt: number;
  readonly created_at: string;
  readonly removed_until: string | null;
  /** When it is to be removed; null where it stays. */
  readonly removal_at: string | null;
  readonly document: string | null;
}

interface JobLabelRow {
  readonly job_id: string;
  readonly name: string;
  readonly value: string;
}

interface JobTaskRow {
  readonly job_id: string;
  readonly id: string;
  readonly version: number;
  readonly document: string;
}

interface UploadRow {
  readonly id: string;
  readonly state: string;
  readonly version: number;
  readonly expires_at: string;
  /** When it is to be looked at; null where never. */
  readonly due_at: string | null;
  readonly document: string;
}

interface IdempotencyKeyRow {
  readonly owner: string;
  readonly key: string;
  readonly expires_at: string;
  readonly document: string;
}

interface MediaRow {
  readonly id: string;
  readonly owner: string;
  readonly sha256: string;
  readonly source: string | null;
  readonly version: number;
  readonly updated_at: string;
  readonly document: string;
}

interface TemplateNameRow {
  readonly owner: string;
  readonly name: string;
  /** The last one. */
  readonly version: number;
  /** 1 where it was removed; SQLite has no truth values. */
  readonly is_removed: number;
}

interface TemplateVersionRow {
  readonly owner: string;
  readonly name: string;
  readonly version: number;
  readonly document: string;
}

interface MadeRow {
  readonly owner: string;
  readonly content_key: string;
  readonly document: string;
}

interface WebhookRow {
  readonly owner: string;
  readonly id: string;
  readonly version: number;
  readonly document: string;
}

interface WebhookNoticeRow {
  readonly owner: string;
  readonly webhook: string;
  readonly id: string;
  readonly version: number;
  readonly next_at: string | null;
  readonly expires_at: string;
  readonly document: string;
}

interface AccountRow {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly password_hash: string | null;
  readonly created_at: string;
}

interface RefreshTokenRow {
  readonly hash: string;
  readonly account: string;
  readonly session: string;
  readonly expires_at: string;
  readonly replaced_at: string | null;
}

interface UsageJobRow {
  readonly job_id: string;
  readonly settled: number;
  readonly opened_at: string;
  readonly document: string;
}

interface QuotaCounterRow {
  readonly name: string;
  readonly used: number;
}

interface UsageDayRow {
  readonly owner: string;
  readonly day: string;
  readonly template: string;
  readonly jobs: number;
  readonly output_seconds: number;
  readonly input_bytes: number;
  readonly usd: number;
  readonly cpu_measured: number;
  readonly cpu_predicted: number;
}

export interface Tables {
  jobs: JobRow;
  job_labels: JobLabelRow;
  job_tasks: JobTaskRow;
  uploads: UploadRow;
  idempotency_keys: IdempotencyKeyRow;
  media: MediaRow;
  template_names: TemplateNameRow;
  template_versions: TemplateVersionRow;
  made: MadeRow;
  webhooks: WebhookRow;
  webhook_notices: WebhookNoticeRow;
  accounts: AccountRow;
  refresh_tokens: RefreshTokenRow;
  usage_jobs: UsageJobRow;
  quota_counters: QuotaCounterRow;
  usage_days: UsageDayRow;
}

export type Db = Kysely<Tables>;
export type Tx = Transaction<Tables>;

export const sortable = (instant: string | number): string => new Date(instant).toISOString();
export const sortableOrNull = (instant: string | null): string | null => (instant === null ? null : sortable(instant));
