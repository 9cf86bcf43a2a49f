/** Every store of one table. */
import type { TableOptions } from './access.ts';
import { dynamoIdempotencyStore } from './idempotency-store.ts';
import { dynamoJobStore } from './job-store.ts';
import { dynamoMadeStore } from './made-store.ts';
import { dynamoMediaStore } from './media-store.ts';
import { dynamoTemplateStore } from './template-store.ts';
import { dynamoUploadStore } from './upload-store.ts';
import { dynamoUsageStore } from './usage-store.ts';
import { dynamoWebhookStore } from './webhook-store.ts';

export const dynamoStores = (options: TableOptions) => ({
  jobs: dynamoJobStore(options),
  uploads: dynamoUploadStore(options),
  library: dynamoMediaStore(options),
  templates: dynamoTemplateStore(options),
  idempotency: dynamoIdempotencyStore(options),
  webhooks: dynamoWebhookStore(options),
  made: dynamoMadeStore(options),
  usage: dynamoUsageStore(options),
});
