/** Every store of one database. */
import type { AccountStore } from '#core/ports/account-store.ts';
import type { IdempotencyStore } from '#core/ports/idempotency-store.ts';
import type { JobStore } from '#core/ports/job-store.ts';
import type { MadeStore } from '#core/ports/made-store.ts';
import type { MediaStore } from '#core/ports/media-store.ts';
import type { TemplateStore } from '#core/ports/template-store.ts';
import type { UploadStore } from '#core/ports/upload-store.ts';
import type { UsageStore } from '#core/ports/usage-store.ts';
import type { WebhookStore } from '#core/ports/webhook-store.ts';
import { sqlAccountStore } from './account-store.ts';
import { sqlIdempotencyStore } from './idempotency-store.ts';
import { sqlJobStore } from './job-store.ts';
import { sqlMadeStore } from './made-store.ts';
import { sqlMediaStore } from './media-store.ts';
import type { Db } from './tables.ts';
import { sqlTemplateStore } from './template-store.ts';
import { sqlUploadStore } from './upload-store.ts';
import { sqlUsageStore } from './usage-store.ts';
import { sqlWebhookStore } from './webhook-store.ts';

export interface Stores {
  readonly jobs: JobStore;
  readonly uploads: UploadStore;
  readonly library: MediaStore;
  readonly templates: TemplateStore;
  readonly idempotency: IdempotencyStore;
  readonly webhooks: WebhookStore;
  readonly accounts: AccountStore;
  readonly made: MadeStore;
  readonly usage: UsageStore;
  close(): Promise<void>;
}

export const storesOf = (db: Db): Stores => ({
  jobs: sqlJobStore(db),
  uploads: sqlUploadStore(db),
  library: sqlMediaStore(db),
  templates: sqlTemplateStore(db),
  idempotency: sqlIdempotencyStore(db),
  webhooks: sqlWebhookStore(db),
  accounts: sqlAccountStore(db),
  made: sqlMadeStore(db),
  usage: sqlUsageStore(db),
  close: () => db.destroy(),
});
