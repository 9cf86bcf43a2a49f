/** Every store in one SQLite file. */
import { Kysely, SqliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { AccountStore } from '#core/ports/account-store.ts';
import type { IdempotencyStore } from '#core/ports/idempotency-store.ts';
import type { JobStore } from '#core/ports/job-store.ts';
import type { MediaStore } from '#core/ports/media-store.ts';
import type { TemplateStore } from '#core/ports/template-store.ts';
import type { UploadStore } from '#core/ports/upload-store.ts';
import type { WebhookStore } from '#core/ports/webhook-store.ts';
import { sqlAccountStore } from './account-store.ts';
import { sqlIdempotencyStore } from './idempotency-store.ts';
import { sqlJobStore } from './job-store.ts';
import { sqlMediaStore } from './media-store.ts';
import { migrations } from './migrations.ts';
import { nodeSqlite } from './node-sqlite.ts';
import type { Tables } from './tables.ts';
import { sqlTemplateStore } from './template-store.ts';
import { sqlUploadStore } from './upload-store.ts';
import { sqlWebhookStore } from './webhook-store.ts';

export interface Stores {
  readonly jobs: JobStore;
  readonly uploads: UploadStore;
  readonly library: MediaStore;
  readonly templates: TemplateStore;
  readonly idempotency: IdempotencyStore;
  readonly webhooks: WebhookStore;
  readonly accounts: AccountStore;
  close(): Promise<void>;
}

/** Opens the file, made where it is missing, and brings its schema up to date. */
export const openSqlite = async ({ file }: { readonly file: string }): Promise<Stores> => {
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: nodeSqlite(file) }) });
  const provider = { getMigrations: async () => ({ ...migrations }) };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error !== undefined) {
    await db.destroy();
    throw error;
  }
  return {
    jobs: sqlJobStore(db),
    uploads: sqlUploadStore(db),
    library: sqlMediaStore(db),
    templates: sqlTemplateStore(db),
    idempotency: sqlIdempotencyStore(db),
    webhooks: sqlWebhookStore(db),
    accounts: sqlAccountStore(db),
    close: () => db.destroy(),
  };
};
