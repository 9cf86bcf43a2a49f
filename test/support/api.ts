/** The API with everything behind it in memory, and a client for it. */
import { createHash } from 'node:crypto';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { manualClock, sequentialIds } from '#adapters/memory/clock.ts';
import { memoryMadeStore } from '#adapters/memory/made-store.ts';
import { memoryIdempotencyStore } from '#adapters/memory/idempotency-store.ts';
import { memoryJobStore } from '#adapters/memory/job-store.ts';
import { recordingLog } from '#adapters/memory/log.ts';
import { recordingMetrics } from '#adapters/memory/metrics.ts';
import { memoryMediaStore } from '#adapters/memory/media-store.ts';
import { memoryObjectStore } from '#adapters/memory/object-store.ts';
import { memoryTemplateStore } from '#adapters/memory/template-store.ts';
import { memoryUsageStore } from '#adapters/memory/usage-store.ts';
import { memoryUploadStore } from '#adapters/memory/upload-store.ts';
import { memoryWebhookStore } from '#adapters/memory/webhook-store.ts';
import { derivedSigner } from '#adapters/system/signer.ts';
import { Failure } from '#core/failures.ts';
import type { MediaRecord } from '#core/job/media-record.ts';
import type { NoticeRecord } from '#core/job/notice-record.ts';
import type { JobRecord, TaskRecord, UploadRecord } from '#core/job/state.ts';
import type { StoredTemplate } from '#core/job/template-record.ts';
import type { WebhookRecord } from '#core/job/webhook-record.ts';
import type { Account } from '#core/ports/account-store.ts';
import type { Workflow } from '#core/ports/workflow.ts';
import { plannerOf } from '#core/planner/planner.ts';
import { BillingConfig, billingOf } from '#core/usecases/billing.ts';
import { Limits } from '#core/usecases/limits.ts';
import { createApp } from '#functions/api/app.ts';
import type { ApiDeps } from '#functions/api/deps.ts';
import { memoryIdentity } from './identity.ts';
import { aProbe } from './records.ts';

type Execution = { readonly jobId: string; readonly attempt: number };

/** Remembers what it was asked to do. While `broken` it refuses to start anything. */
const recordingWorkflow = () => {
  const started: Execution[] = [];
  const stopped: Execution[] = [];
  const state = { broken: false };
  const workflow: Workflow = {
    start: async (execution) => {
      if (state.broken) throw new Failure('platform.throttled');
      started.push(execution);
    },
    stop: async (execution) => void stopped.push(execution),
    status: async () => 'unknown',
  };
  return Object.assign(workflow, { started, stopped, state });
};

export interface Call {
  readonly owner?: string | null;
  /** Makes the caller an administrator. */
  readonly isAdmin?: boolean;
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly text?: string;
  readonly isBase64Encoded?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

const claimsOf = (sub: string, isAdmin: boolean) => ({
  sub,
  token_use: 'access',
  ...(isAdmin ? { 'cognito:groups': '[admin]' } : {}),
});

const toEvent = (
  method: string,
  target: string,
  { owner = 'ana', isAdmin = false, body, text, headers, isBase64Encoded = false }: Call,
) => {
  const { pathname, search, searchParams } = new URL(target, 'http://api.invalid');
  const sent = text ?? (body === undefined ? undefined : JSON.stringify(body));
  const event: APIGatewayProxyEventV2 & { requestContext: { authorizer?: unknown } } = {
    version: '2.0',
    routeKey: '$default',
    rawPath: pathname,
    rawQueryString: search.slice(1),
    headers: { ...(sent === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(search === '' ? {} : { queryStringParameters: Object.fromEntries(searchParams) }),
    requestContext: {
      accountId: 'test',
      apiId: 'test',
      domainName: 'api.invalid',
      domainPrefix: '',
      ...(owner === null ? {} : { authorizer: { jwt: { claims: claimsOf(owner, isAdmin), scopes: [] } } }),
      http: { method, path: pathname, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
      requestId: 'request-1',
      routeKey: '$default',
      stage: '$default',
      time: '',
      timeEpoch: 0,
    },
    ...(sent === undefined ? {} : { body: sent }),
    isBase64Encoded,
  };
  return event;
};

interface Stored {
  readonly jobs?: readonly JobRecord[];
  readonly tasks?: readonly TaskRecord[];
  readonly uploads?: readonly UploadRecord[];
  readonly library?: readonly MediaRecord[];
  readonly templates?: readonly StoredTemplate[];
  readonly webhooks?: readonly WebhookRecord[];
  readonly notices?: readonly NoticeRecord[];
  readonly accounts?: readonly Account[];
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
/** A deployment on AWS as it is by default. */
const billing = billingOf(BillingConfig.parse({}));

/** Starts with the given records. `replace` puts other parts in. */
export const apiHarness = (stored: Stored = {}, replace: Partial<ApiDeps> = {}) => {
  const clock = manualClock();
  const workflow = recordingWorkflow();
  const objects = memoryObjectStore({ clock });
  const log = recordingLog();
  const metrics = recordingMetrics();
  const ids = sequentialIds(1001);
  const deps = {
    jobs: memoryJobStore(stored.jobs, stored.tasks),
    uploads: memoryUploadStore(stored.uploads),
    made: memoryMadeStore(),
    usage: memoryUsageStore(),
    build: 'test',
    library: memoryMediaStore(stored.library),
    templates: memoryTemplateStore(stored.templates),
    webhooks: memoryWebhookStore(stored.webhooks, stored.notices),
    identity: memoryIdentity({ clock, ids, accounts: stored.accounts }),
    signer: derivedSigner(async () => 'a key of tests'),
    idempotency: memoryIdempotencyStore(),
    prober: { look: async () => ({ probe: aProbe(), index: null }) },
    ids,
    limits: Limits.parse({}),
    hash,
    billing,
    planner: async () => plannerOf({ hash, billing }),
    ...replace,
    clock,
    workflow,
    objects,
    log,
    metrics,
  };
  const app = createApp(deps);
  const call = async (method: string, target: string, options: Call = {}) => {
    const { statusCode, headers, body } = await app(toEvent(method, target, options));
    // What JSON.parse gives is anything: tests read whatever was answered.
    return {
      status: statusCode,
      headers,
      body,
      json: /\bjson\b/.test(headers['content-type'] ?? '') ? JSON.parse(body) : undefined,
    };
  };
  return { ...deps, call };
};
