/** What it takes to bring bytes in from elsewhere and to take them there. No FFmpeg. */
import type { Buckets } from '../ports/buckets.ts';
import type { ContentAnalysis } from '../ports/content-analysis.ts';
import type { Deliveries } from '../ports/delivery.ts';
import type { IdempotencyStore } from '../ports/idempotency-store.ts';
import type { MediaStore } from '../ports/media-store.ts';
import type { PageResolver } from '../ports/page-resolver.ts';
import type { Secrets } from '../ports/secrets.ts';
import type { Speech } from '../ports/speech.ts';
import type { Web } from '../ports/web.ts';
import type { Workspace } from '../ports/workspace.ts';
import type { ImportTask } from '../job/plan.ts';
import type { TaskResult } from '../job/task-result.ts';
import type { HoldTaskDeps, RunnerLimits, TaskRun } from './task-run.ts';

export interface TransferDeps extends HoldTaskDeps {
  readonly library: Pick<MediaStore, 'get' | 'create' | 'update' | 'bySource' | 'bySha256'>;
  readonly workspace: Workspace;
  readonly web: Pick<Web, 'download'>;
  readonly buckets: Pick<Buckets, 'head' | 'download'>;
  readonly secrets: Secrets;
  /** By the names that jobs know them by. */
  readonly speech: Readonly<Partial<Record<'polly' | 'elevenlabs', Speech>>>;
  /** What the deployment has for it; none of it by default. */
  readonly recognisers: ContentAnalysis;
  /** Where the deployment has the program for it. */
  readonly pages?: PageResolver | undefined;
  readonly deliveries: Deliveries;
  readonly idempotency: IdempotencyStore;
  /** The sha256 of a text, in hexadecimal. */
  readonly hash: (text: string) => string;
  readonly limits: Pick<RunnerLimits, 'stallSeconds' | 'maxBytes'>;
}

export type ImportRun = TaskRun<ImportTask>;
export type Imported = NonNullable<TaskResult['imported']>;

/** What is fetched before its size is known must find so much room at least. */
export const leastFreeBytes = 256 * 2 ** 20;
