/** Sends a file to the API as an upload: in one piece, or in parts that are sent again one by one. */
import type { SignedUpload } from '#core/usecases/sign-parts.ts';
import type { Api } from './api.ts';

type Multipart = Extract<SignedUpload, { method: 'multipart' }>;

/**
 * Sends bytes to a signed address with PUT and resolves to the ETag of the answer. Tells how many of them are on their
 * way, where the host can. Fails with a `SendError`.
 */
export type Send = (
  request: {
    readonly url: string;
    readonly body: Blob;
    readonly headers: Readonly<Record<string, string>>;
    readonly signal?: AbortSignal | undefined;
  },
  onBytes: (bytes: number) => void,
) => Promise<string>;

/** The bytes did not arrive. `status` is 0 where nothing answered. */
export class SendError extends Error {
  override readonly name = 'SendError';
  readonly status: number;
  constructor(status: number) {
    super(status === 0 ? 'The connection broke.' : `The upload was answered with ${status}.`);
    this.status = status;
  }
}

/** What is known of an upload that has been begun: enough to go on with it later. */
export interface Begun {
  readonly id: string;
  /** The ETags of the parts that have arrived, by their numbers. */
  readonly parts: Readonly<Record<number, string>>;
}

export interface UploadOptions {
  readonly filename: string;
  readonly send: Send;
  /** From 0 to 1. */
  readonly onProgress?: (share: number) => void;
  /** Told whenever there is more to remember. */
  readonly onBegun?: (begun: Begun) => void;
  /** An upload of the same file that was broken off. */
  readonly begun?: Begun | undefined;
  readonly signal?: AbortSignal | undefined;
}

const atOnce = 3;
const mostTries = 5;
const pauseMs = 500;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Addresses expire, connections break, servers are started again; what was refused for good stays refused. */
const mayPass = (error: unknown): boolean =>
  error instanceof SendError && (error.status === 0 || error.status === 403 || error.status >= 500);

/** Tries again with a fresh address each time, with growing pauses. */
const persist = async (attempt: (n: number) => Promise<string>, signal?: AbortSignal): Promise<string> => {
  for (let n = 1; ; n += 1) {
    try {
      return await attempt(n);
    } catch (error) {
      if (n === mostTries || signal?.aborted || !mayPass(error)) throw error;
      await pause(pauseMs * 2 ** (n - 1));
    }
  }
};

/** Sums what is on its way by part, so that a part that is sent again does not count twice. */
const progressOf = (total: number, onProgress: (share: number) => void) => {
  const sent = new Map<number, number>();
  return (part: number, bytes: number): void => {
    sent.set(part, bytes);
    const all = [...sent.values()].reduce((sum, each) => sum + each, 0);
    onProgress(total === 0 ? 1 : Math.min(1, all / total));
  };
};

type Context = UploadOptions & {
  readonly api: Api;
  readonly blob: Blob;
  readonly count: (part: number, bytes: number) => void;
};

const sendWhole = async (
  { api, blob, send, count, signal }: Context,
  id: string,
  first: Extract<SignedUpload, { method: 'PUT' }>,
): Promise<void> => {
  await persist(async (n) => {
    const signed = n === 1 ? first : await api.json<SignedUpload>('POST', `/v1/uploads/${id}/parts`, { body: {} });
    if (signed.method !== 'PUT') throw new SendError(400);
    return send({ url: signed.url, body: blob, headers: signed.headers, signal }, (bytes) => count(1, bytes));
  }, signal);
};

const sendParts = async (context: Context, id: string, first: Multipart, begun: Begun): Promise<Begun['parts']> => {
  const { api, blob, send, count, signal, onBegun = () => undefined } = context;
  const done: Record<number, string> = { ...begun.parts };
  const known = new Map(first.parts.map(({ n, url }) => [n, url]));
  const sizeOf = (n: number): number => Math.min(first.partSize, blob.size - (n - 1) * first.partSize);
  const address = async (n: number, isFirstTry: boolean): Promise<string> => {
    const url = isFirstTry ? known.get(n) : undefined;
    if (url !== undefined) return url;
    const signed = await api.json<Multipart>('POST', `/v1/uploads/${id}/parts`, { body: { parts: [n] } });
    return signed.parts[0]?.url ?? '';
  };
  const sendPart = async (n: number): Promise<void> => {
    const start = (n - 1) * first.partSize;
    const body = blob.slice(start, start + sizeOf(n));
    done[n] = await persist(
      async (attempt) =>
        send({ url: await address(n, attempt === 1), body, headers: {}, signal }, (bytes) => count(n, bytes)),
      signal,
    );
    count(n, sizeOf(n));
    onBegun({ id, parts: { ...done } });
  };
  const numbers = Array.from({ length: first.partCount }, (_, n) => n + 1);
  for (const n of numbers) if (done[n] !== undefined) count(n, sizeOf(n));
  const left = numbers.filter((n) => done[n] === undefined);
  const work = async (): Promise<void> => {
    try {
      for (let n = left.shift(); n !== undefined; n = left.shift()) await sendPart(n);
    } catch (error) {
      left.length = 0; // the others stop after the part that they are at
      throw error;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return done;
};

const begin = async ({ api, blob, filename, begun }: Context): Promise<{ begun: Begun; signed: SignedUpload }> => {
  if (begun) {
    const signed = await api.json<SignedUpload>('POST', `/v1/uploads/${begun.id}/parts`, { body: {} });
    return { begun, signed };
  }
  const body = { filename, ...(blob.size > 0 ? { bytes: blob.size } : {}) };
  const made = await api.json<SignedUpload & { id: string }>('POST', '/v1/uploads', { body });
  return { begun: { id: made.id, parts: {} }, signed: made };
};

/** Resolves to the id of the upload once it is complete. What is broken off can be gone on with from what `onBegun` told. */
export const uploadBlob = async (api: Api, blob: Blob, options: UploadOptions): Promise<string> => {
  const { onProgress = () => undefined, onBegun = () => undefined } = options;
  const context: Context = { ...options, api, blob, count: progressOf(blob.size, onProgress) };
  const { begun, signed } = await begin(context);
  const { id } = begun;
  onBegun(begun);
  const body =
    signed.method === 'PUT'
      ? await sendWhole(context, id, signed).then(() => ({}))
      : { parts: Object.entries(await sendParts(context, id, signed, begun)).map(([n, etag]) => ({ n: +n, etag })) };
  await api.json('POST', `/v1/uploads/${id}/complete`, { body });
  onProgress(1);
  return id;
};
