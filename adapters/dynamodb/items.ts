/**
 * The items of the one table. Each holds its record as a JSON document (gzipped above 32 KiB, so that the manifest of a
 * long stream fits into DynamoDB's 400 KB), the attributes that conditions and filters need, and `writeId`, which tells
 * a writer whether an item is its own (S20).
 *
 * | item        | pk                        | sk        | gsi1 (owner, id)     | gsi2, while something is to be done |
 * |-------------|---------------------------|-----------|----------------------|-------------------------------|
 * | job         | JOB#id                    | JOB       | OWNER#owner, id      | JOBS, id; OUTDATED, removal#id |
 * | tombstone   | JOB#id                    | JOB       |                      |                               |
 * | task        | JOB#jobId                 | TASK#id   |                      |                               |
 * | part        | JOB#jobId                 | PART#sk#… |                      |                               |
 * | upload      | UPLOAD#id                 | UPLOAD    |                      | UPLOADS, due#id               |
 * | idempotency | IDEMPOTENCY#owner#key     | IDEMPOTENCY |                    |                               |
 * | media       | MEDIA#id                  | MEDIA     | MEDIA#owner, id      |                               |
 * | content     | CONTENT#owner#sha256      | CONTENT   |                      |                               |
 * | source      | SOURCE#owner#hash         | id        |                      |                               |
 * | template    | TEMPLATE#owner#name       | NEWEST    | TEMPLATES#owner, name |                              |
 * | version     | TEMPLATE#owner#name       | VERSION#n |                      |                               |
 * | made        | MADE#owner#contentKey     | MADE      |                      |                               |
 * | webhook     | WEBHOOKS#owner            | id        |                      |                               |
 * | notice      | NOTICES#owner#webhook     | id        |                      | NOTICES, nextAt#owner#webhook#id |
 *
 * `content` keeps one item of the library for each owner and content; `source` lists the items that came from an address,
 * whose hash it is named by because a key may have 2 KB. A template that was removed leaves its `NEWEST` with the number
 * of its last version, out of the index.
 *
 * Tombstones, idempotency keys and notices carry `ttl`. gsi2 is one partition for the whole deployment: it takes a thousand writes
 * a second, and only jobs that start or end write to it.
 */
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as z from 'zod';
import { Failure } from '#core/failures.ts';
import { removalOf, uploadDueAt } from '#core/job/keep.ts';
import { MadeRecord } from '#core/job/made-record.ts';
import { MediaRecord } from '#core/job/media-record.ts';
import { NoticeRecord } from '#core/job/notice-record.ts';
import { JobRecord, TaskRecord, UploadRecord, isTerminal, tombstoneDays } from '#core/job/state.ts';
import { IdempotencyRow } from '#core/job/idempotency.ts';
import { WebhookRecord } from '#core/job/webhook-record.ts';
import type { IdempotencyKey } from '#core/ports/idempotency-store.ts';
import type { NoticeKey } from '#core/ports/webhook-store.ts';
import { StoredTemplate } from '#core/job/template-record.ts';
import { ttlAttribute } from './table.ts';

export type Item = Readonly<Record<string, unknown>>;
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

const compressedFromBytes = 32 * 1024;
/** DynamoDB counts 400 KiB with all attribute names and values; the difference is for those added on the way. */
const maxItemBytes = 399 * 1024;
/** Of jobs and tasks, whose documents may lie in parts (parts.ts). */
const maxPartedBytes = 16 * 2 ** 20;

export const sortable = (instant: string | number): string => new Date(instant).toISOString();
const ttlOf = (instant: string | number): number => Math.ceil(new Date(instant).getTime() / 1000);
const dayMs = 86_400_000;

const encode = (attributes: Item & Key, record: unknown, maxBytes = maxItemBytes): Item & Key => {
  const text = JSON.stringify(record);
  const document = text.length > compressedFromBytes ? gzipSync(text) : text;
  const bytes = Buffer.byteLength(document) + Buffer.byteLength(JSON.stringify(attributes));
  if (bytes > maxBytes) {
    const detail = `A record of ${bytes} bytes does not fit into the store: ask for fewer outputs in one job.`;
    throw new Failure('request.too_large', { detail });
  }
  return { ...attributes, document };
};

const Encoded = z.object({ document: z.union([z.string(), z.instanceof(Uint8Array)]) });

const decode = <T>(schema: z.ZodType<T>, item: Item): T => {
  const { document } = Encoded.parse(item);
  return schema.parse(JSON.parse(typeof document === 'string' ? document : gunzipSync(document).toString()));
};

export const jobKey = (id: string): Key => ({ pk: `JOB#${id}`, sk: 'JOB' });
export const taskPrefix = 'TASK#';
export const taskKey = (jobId: string, id: string): Key => ({ pk: `JOB#${jobId}`, sk: taskPrefix + id });
export const uploadKey = (id: string): Key => ({ pk: `UPLOAD#${id}`, sk: 'UPLOAD' });
export const idempotencyKey = ({ owner, key }: IdempotencyKey): Key => ({
  pk: `IDEMPOTENCY#${owner}#${key}`,
  sk: 'IDEMPOTENCY',
});
export const ownerPartition = (owner: string): string => `OWNER#${owner}`;
export const openJobs = 'JOBS';
export const outdatedJobs = 'OUTDATED';
export const dueUploads = 'UPLOADS';

const openKeys = (job: JobRecord): Item => {
  if (!isTerminal(job.status)) return { gsi2pk: openJobs, gsi2sk: job.id };
  const removal = removalOf(job);
  return removal === null ? {} : { gsi2pk: outdatedJobs, gsi2sk: `${sortable(removal)}#${job.id}` };
};

export const jobItem = (job: JobRecord): Item & Key =>
  encode(
    {
      ...jobKey(job.id),
      id: job.id,
      status: job.status,
      template: job.template,
      labels: job.spec.labels ?? {},
      createdAt: sortable(job.createdAt),
      version: job.version,
      attempt: job.attempt,
      gsi1pk: ownerPartition(job.owner),
      gsi1sk: job.id,
      ...openKeys(job),
    },
    JobRecord.parse(job),
    maxPartedBytes,
  );

/** Stands where the job stood; an absent document tells it. */
export const tombstone = (id: string, now: string): Item & Key => ({
  ...jobKey(id),
  [ttlAttribute]: ttlOf(Date.parse(now) + tombstoneDays * dayMs),
});

/** The condition under which a new job may take the place of an old tombstone, in the unit of `ttl`. */
export const ttlAt = (instant: string): number => Math.floor(Date.parse(instant) / 1000);

export const jobOf = (item: Item | undefined): JobRecord | undefined =>
  item && 'document' in item ? decode(JobRecord, item) : undefined;

export const taskItem = (task: TaskRecord): Item & Key =>
  encode({ ...taskKey(task.jobId, task.id), version: task.version }, TaskRecord.parse(task), maxPartedBytes);

export const taskOf = (item: Item): TaskRecord => decode(TaskRecord, item);

const dueKeys = (upload: UploadRecord): Item => {
  const due = uploadDueAt(upload);
  return due === null ? {} : { gsi2pk: dueUploads, gsi2sk: `${sortable(due)}#${upload.id}` };
};

export const uploadItem = (upload: UploadRecord): Item & Key =>
  encode(
    {
      ...uploadKey(upload.id),
      id: upload.id,
      version: upload.version,
      ...dueKeys(upload),
    },
    UploadRecord.parse(upload),
  );

export const uploadOf = (item: Item): UploadRecord => decode(UploadRecord, item);

export const idempotencyItem = (key: IdempotencyKey, row: IdempotencyRow): Item & Key =>
  encode({ ...idempotencyKey(key), [ttlAttribute]: ttlOf(row.expiresAt) }, IdempotencyRow.parse(row));

export const idempotencyOf = (item: Item): IdempotencyRow => decode(IdempotencyRow, item);

export const mediaKey = (id: string): Key => ({ pk: `MEDIA#${id}`, sk: 'MEDIA' });
export const mediaPartition = (owner: string): string => `MEDIA#${owner}`;
export const contentKey = (owner: string, sha256: string): Key => ({ pk: `CONTENT#${owner}#${sha256}`, sk: 'CONTENT' });
export const sourcePartition = (owner: string, source: string): string =>
  `SOURCE#${owner}#${createHash('sha256').update(source).digest('hex')}`;

export const mediaItem = (media: MediaRecord): Item & Key =>
  encode(
    {
      ...mediaKey(media.id),
      owner: media.owner,
      source: media.source,
      sha256: media.sha256,
      version: media.version,
      gsi1pk: mediaPartition(media.owner),
      gsi1sk: media.id,
    },
    MediaRecord.parse(media),
  );

export const mediaOf = (item: Item): MediaRecord => decode(MediaRecord, item);

/** Points at the item with that content. */
export const contentItem = ({ owner, sha256, id }: MediaRecord): Item & Key => ({ ...contentKey(owner, sha256), id });

export const sourceKey = ({ owner, source, id }: MediaRecord): Key | undefined =>
  source === null ? undefined : { pk: sourcePartition(owner, source), sk: id };

export const templateKey = (owner: string, name: string): Key => ({ pk: `TEMPLATE#${owner}#${name}`, sk: 'NEWEST' });
export const versionKey = (owner: string, name: string, version: number): Key => ({
  pk: `TEMPLATE#${owner}#${name}`,
  sk: `VERSION#${version}`,
});
export const templatesPartition = (owner: string): string => `TEMPLATES#${owner}`;

export const templateItem = (stored: StoredTemplate): Item & Key =>
  encode(
    {
      ...templateKey(stored.owner, stored.template.name),
      version: stored.version,
      gsi1pk: templatesPartition(stored.owner),
      gsi1sk: stored.template.name,
    },
    StoredTemplate.parse(stored),
  );

/** Stands where the newest version stood; an absent document tells it. */
export const removedTemplateItem = (owner: string, name: string, version: number): Item & Key => ({
  ...templateKey(owner, name),
  version,
});

export const versionItem = (stored: StoredTemplate): Item & Key =>
  encode({ ...versionKey(stored.owner, stored.template.name, stored.version) }, StoredTemplate.parse(stored));

export const templateOf = (item: Item | undefined): StoredTemplate | undefined =>
  item && 'document' in item ? decode(StoredTemplate, item) : undefined;

export const madeKey = (owner: string, contentKey: string): Key => ({ pk: `MADE#${owner}#${contentKey}`, sk: 'MADE' });

export const madeItem = (made: MadeRecord): Item & Key =>
  encode({ ...madeKey(made.owner, made.contentKey) }, MadeRecord.parse(made));

export const madeOf = (item: Item): MadeRecord => decode(MadeRecord, item);

export const webhookPartition = (owner: string): string => `WEBHOOKS#${owner}`;
export const webhookKey = (owner: string, id: string): Key => ({ pk: webhookPartition(owner), sk: id });
export const noticePartition = (owner: string, webhook: string): string => `NOTICES#${owner}#${webhook}`;
export const noticeKey = ({ owner, webhook, id }: NoticeKey): Key => ({ pk: noticePartition(owner, webhook), sk: id });
export const dueNotices = 'NOTICES';

export const webhookItem = (webhook: WebhookRecord): Item & Key =>
  encode({ ...webhookKey(webhook.owner, webhook.id), version: webhook.version }, WebhookRecord.parse(webhook));

export const webhookOf = (item: Item): WebhookRecord => decode(WebhookRecord, item);

export const noticeItem = (notice: NoticeRecord): Item & Key => {
  const { owner, webhook, id, nextAt } = notice;
  const due = nextAt === null ? {} : { gsi2pk: dueNotices, gsi2sk: [sortable(nextAt), owner, webhook, id].join('#') };
  return encode(
    { ...noticeKey(notice), version: notice.version, [ttlAttribute]: ttlOf(notice.expiresAt), ...due },
    NoticeRecord.parse(notice),
  );
};

export const noticeOf = (item: Item): NoticeRecord => decode(NoticeRecord, item);

/** Of what the sparse index tells of a notice: its keys. */
export const noticeKeyOf = (item: Item): NoticeKey => {
  const [, owner = '', webhook = ''] = String(item['pk']).split('#');
  return { owner, webhook, id: String(item['sk']) };
};
