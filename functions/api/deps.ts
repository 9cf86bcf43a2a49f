/** Everything that the API needs from outside. Each host brings its own. */
import type { Clock, Ids } from '#core/ports/clock.ts';
import type { Identity } from '#core/ports/identity.ts';
import type { IdempotencyStore } from '#core/ports/idempotency-store.ts';
import type { JobStore } from '#core/ports/job-store.ts';
import type { Log } from '#core/ports/log.ts';
import type { MadeStore } from '#core/ports/made-store.ts';
import type { MediaStore } from '#core/ports/media-store.ts';
import type { Metrics } from '#core/ports/metrics.ts';
import type { ObjectStore } from '#core/ports/object-store.ts';
import type { Prober } from '#core/ports/prober.ts';
import type { Signer } from '#core/ports/signer.ts';
import type { TemplateStore } from '#core/ports/template-store.ts';
import type { UploadStore } from '#core/ports/upload-store.ts';
import type { UsageStore } from '#core/ports/usage-store.ts';
import type { WebhookStore } from '#core/ports/webhook-store.ts';
import type { Workflow } from '#core/ports/workflow.ts';
import type { Billing } from '#core/planner/price.ts';
import type { Recognises } from '#core/planner/supported.ts';
import type { Limits } from '#core/usecases/limits.ts';
import type { PlanDeps } from '#core/usecases/plan-job.ts';

export interface ApiDeps {
  readonly jobs: JobStore;
  readonly uploads: UploadStore;
  readonly library: MediaStore;
  readonly made: MadeStore;
  readonly usage: UsageStore;
  /** What outputs are made by. */
  readonly build: string;
  readonly templates: TemplateStore;
  readonly webhooks: WebhookStore;
  readonly identity: Identity;
  readonly objects: ObjectStore;
  readonly idempotency: IdempotencyStore;
  readonly workflow: Workflow;
  readonly prober: Prober;
  readonly signer: Signer;
  /** Servers of the deployer's own network that webhooks may name, as `host:port`. */
  readonly privateHosts?: readonly string[];
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limits: Limits;
  /** Loaded when it is asked for first: most requests plan nothing. */
  readonly planner: () => Promise<PlanDeps['plan']>;
  readonly billing: Billing;
  /** What content analysis it has; a job that asks for any other is refused. */
  readonly recognises?: Recognises;
  /** The sha256 of a text, in hex. */
  readonly hash: (text: string) => string;
}
