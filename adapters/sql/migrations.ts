/** The schema, step by step. A released step never changes; add the next one. Names sort by age. */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const migrations: Readonly<Record<string, Migration>> = {
  '2026-11-jobs': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable('jobs')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('owner', 'text', (column) => column.notNull())
        .addColumn('status', 'text', (column) => column.notNull())
        .addColumn('template', 'text')
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('attempt', 'integer', (column) => column.notNull())
        .addColumn('created_at', 'text', (column) => column.notNull())
        .addColumn('removed_until', 'text')
        .addColumn('document', 'text')
        .execute();
      await db.schema.createIndex('jobs_by_owner').on('jobs').columns(['owner', 'id']).execute();
      await db.schema.createIndex('jobs_by_status').on('jobs').columns(['status', 'id']).execute();
      await db.schema
        .createTable('job_labels')
        .addColumn('job_id', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('value', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('job_labels_key', ['job_id', 'name'])
        .execute();
      await db.schema
        .createTable('job_tasks')
        .addColumn('job_id', 'text', (column) => column.notNull())
        .addColumn('id', 'text', (column) => column.notNull())
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('document', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('job_tasks_key', ['job_id', 'id'])
        .execute();
    },
  },
  '2026-11-uploads': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable('uploads')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('expires_at', 'text', (column) => column.notNull())
        .addColumn('document', 'text', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('uploads_by_state').on('uploads').columns(['state', 'expires_at']).execute();
    },
  },
  '2026-11-idempotency-keys': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable('idempotency_keys')
        .addColumn('owner', 'text', (column) => column.notNull())
        .addColumn('key', 'text', (column) => column.notNull())
        .addColumn('expires_at', 'text', (column) => column.notNull())
        .addColumn('document', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('idempotency_keys_key', ['owner', 'key'])
        .execute();
      await db.schema.createIndex('idempotency_keys_expiry').on('idempotency_keys').column('expires_at').execute();
    },
  },
  '2026-11-media': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable('media')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('owner', 'text', (column) => column.notNull())
        .addColumn('sha256', 'text', (column) => column.notNull())
        .addColumn('source', 'text')
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('updated_at', 'text', (column) => column.notNull())
        .addColumn('document', 'text', (column) => column.notNull())
        .addUniqueConstraint('media_contents', ['owner', 'sha256'])
        .execute();
      await db.schema.createIndex('media_by_owner').on('media').columns(['owner', 'id']).execute();
      await db.schema.createIndex('media_by_source').on('media').columns(['owner', 'source', 'updated_at']).execute();
    },
  },
  '2026-11-templates': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable('template_names')
        .addColumn('owner', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('is_removed', 'integer', (column) => column.notNull())
        .addPrimaryKeyConstraint('template_names_key', ['owner', 'name'])
        .execute();
      await db.schema
        .createTable('template_versions')
        .addColumn('owner', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('document', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('template_versions_key', ['owner', 'name', 'version'])
        .execute();
    },
  },
  '2026-11-webhooks': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable('webhooks')
        .addColumn('owner', 'text', (column) => column.notNull())
        .addColumn('id', 'text', (column) => column.notNull())
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('document', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('webhooks_key', ['owner', 'id'])
        .execute();
      await db.schema
        .createTable('webhook_notices')
        .addColumn('owner', 'text', (column) => column.notNull())
        .addColumn('webhook', 'text', (column) => column.notNull())
        .addColumn('id', 'text', (column) => column.notNull())
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('next_at', 'text')
        .addColumn('expires_at', 'text', (column) => column.notNull())
        .addColumn('document', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('webhook_notices_key', ['owner', 'webhook', 'id'])
        .execute();
      await db.schema.createIndex('webhook_notices_due').on('webhook_notices').column('next_at').execute();
      await db.schema.createIndex('webhook_notices_expiry').on('webhook_notices').column('expires_at').execute();
    },
  },
  '2026-11b-accounts': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable('accounts')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('email', 'text', (column) => column.notNull().unique())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('password_hash', 'text')
        .addColumn('created_at', 'text', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('refresh_tokens')
        .addColumn('hash', 'text', (column) => column.primaryKey())
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('session', 'text', (column) => column.notNull())
        .addColumn('expires_at', 'text', (column) => column.notNull())
        .addColumn('replaced_at', 'text')
        .execute();
      await db.schema.createIndex('refresh_tokens_by_account').on('refresh_tokens').column('account').execute();
      await db.schema.createIndex('refresh_tokens_by_session').on('refresh_tokens').column('session').execute();
      await db.schema.createIndex('refresh_tokens_expiry').on('refresh_tokens').column('expires_at').execute();
    },
  },
  '2026-11c-made': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable('made')
        .addColumn('owner', 'text', (column) => column.notNull())
        .addColumn('content_key', 'text', (column) => column.notNull())
        .addColumn('document', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('made_key', ['owner', 'content_key'])
        .execute();
    },
  },
  '2026-11d-usage': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable('usage_jobs')
        .addColumn('job_id', 'text', (column) => column.primaryKey())
        .addColumn('settled', 'integer', (column) => column.notNull())
        .addColumn('opened_at', 'text', (column) => column.notNull())
        .addColumn('document', 'text', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('usage_jobs_open').on('usage_jobs').columns(['settled', 'opened_at']).execute();
      await db.schema
        .createTable('quota_counters')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('used', 'integer', (column) => column.notNull())
        .execute();
      const amounts = ['jobs', 'output_seconds', 'input_bytes', 'usd', 'cpu_measured', 'cpu_predicted'];
      await amounts
        .reduce(
          (table, name) => table.addColumn(name, 'double precision', (column) => column.notNull()),
          db.schema
            .createTable('usage_days')
            .addColumn('owner', 'text', (column) => column.notNull())
            .addColumn('day', 'text', (column) => column.notNull())
            .addColumn('template', 'text', (column) => column.notNull()),
        )
        .addPrimaryKeyConstraint('usage_days_key', ['owner', 'day', 'template'])
        .execute();
    },
  },
  '2026-11e-keep': {
    up: async (db: Kysely<unknown>) => {
      await db.schema.alterTable('jobs').addColumn('removal_at', 'text').execute();
      await db.schema.createIndex('jobs_by_removal').on('jobs').column('removal_at').execute();
      await db.schema.alterTable('uploads').addColumn('due_at', 'text').execute();
      await sql`update uploads set due_at = expires_at where state = 'waiting'`.execute(db);
      await db.schema.createIndex('uploads_by_due').on('uploads').column('due_at').execute();
    },
  },
};
