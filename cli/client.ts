/** A client of the HTTP API, as anyone would write it: what the demo, the tests and the bench talk through. */
import { openAsBlob } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import * as z from 'zod';
import { isTerminal } from '#core/job/state.ts';
import { JobView } from '#core/job/view.ts';

const Upload = z.object({ id: z.string(), state: z.string().optional() });
const Part = z.object({ n: z.number(), url: z.string() });
const CreatedUpload = z.discriminatedUnion('method', [
  z.object({ ...Upload.shape, method: z.literal('PUT'), url: z.string(), headers: z.record(z.string(), z.string()) }),
  z.object({ ...Upload.shape, method: z.literal('multipart'), partSize: z.number(), parts: z.array(Part) }),
]);

const Problem = z.object({ code: z.string(), detail: z.string().optional(), title: z.string().optional() });

/** The API answered with a problem. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  constructor(status: number, problem: z.output<typeof Problem>) {
    super(problem.detail ?? problem.title ?? problem.code);
    this.status = status;
    this.code = problem.code;
  }
}

export interface RequestOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly redirect?: 'follow' | 'manual';
  readonly signal?: AbortSignal;
}

export type Client = ReturnType<typeof kinoductClient>;

/** `signal` ends every request of this client. */
export const kinoductClient = (api: {
  readonly url: string;
  readonly token: string;
  readonly signal?: AbortSignal;
}) => {
  /** The answer as it is, whatever its status. */
  const request = (method: string, path: string, options: RequestOptions = {}): Promise<Response> =>
    fetch(`${api.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${api.token}`,
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      redirect: options.redirect ?? 'manual',
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...((options.signal ?? api.signal) ? { signal: options.signal ?? api.signal ?? null } : {}),
    });

  const ok = async (response: Response): Promise<unknown> => {
    if (response.ok) return response.status === 204 ? undefined : response.json();
    throw new ApiError(response.status, Problem.parse(await response.json()));
  };

  const send = async (url: string, body: Blob, headers: Readonly<Record<string, string>> = {}): Promise<string> => {
    const response = await fetch(url, { method: 'PUT', body, headers, signal: api.signal ?? null });
    if (!response.ok) throw new Error(`the upload was answered with ${response.status}: ${await response.text()}`);
    return response.headers.get('etag') ?? '';
  };

  /** Sends a file as a browser would, in parts where the API asks for them; resolves to the id of the upload. */
  const upload = async (file: string, onProgress: (share: number) => void = () => {}): Promise<string> => {
    const blob = await openAsBlob(file);
    const created = CreatedUpload.parse(
      await ok(
        await request('POST', '/v1/uploads', {
          body: { filename: basename(file), ...(blob.size > 0 ? { bytes: blob.size } : {}) },
        }),
      ),
    );
    if (created.method === 'PUT') {
      await send(created.url, blob, created.headers);
      await ok(await request('POST', `/v1/uploads/${created.id}/complete`, { body: {} }));
      onProgress(1);
      return created.id;
    }
    const parts: { n: number; etag: string }[] = [];
    for (const { n, url } of created.parts) {
      const etag = await send(url, blob.slice((n - 1) * created.partSize, n * created.partSize));
      parts.push({ n, etag });
      onProgress(n / created.parts.length);
    }
    await ok(await request('POST', `/v1/uploads/${created.id}/complete`, { body: { parts } }));
    return created.id;
  };

  const submit = async (job: unknown, headers: Readonly<Record<string, string>> = {}): Promise<JobView> =>
    JobView.parse(await ok(await request('POST', '/v1/jobs', { body: job, headers })));

  const job = async (id: string, query = ''): Promise<JobView> =>
    JobView.parse(await ok(await request('GET', `/v1/jobs/${id}${query}`)));

  /** Resolves to the job once `reached`; asks by long poll. */
  const until = async (id: string, reached: (job: JobView) => boolean): Promise<JobView> => {
    let seen = await job(id);
    while (!reached(seen)) seen = await job(id, `?wait=20&after=${seen.version}`);
    return seen;
  };

  return {
    request,
    upload,
    submit,
    job,
    until,
    /** Resolves to the job once it has ended. */
    ended: (id: string, onChange: (job: JobView) => void = () => {}): Promise<JobView> =>
      until(id, (seen) => {
        onChange(seen);
        return isTerminal(seen.status);
      }),
    /** The bytes of an output's file, through the redirect to the signed address. */
    output: async (id: string, name: string, file = ''): Promise<Uint8Array> => {
      const path = `/v1/jobs/${id}/outputs/${name}${file && `/${file}`}`;
      const response = await request('GET', path, { redirect: 'follow' });
      if (!response.ok) await ok(response);
      return response.bytes();
    },
    save: async (id: string, name: string, to: string): Promise<void> => {
      const response = await request('GET', `/v1/jobs/${id}/outputs/${name}`, { redirect: 'follow' });
      if (!response.ok || !response.body) await ok(response);
      else await writeFile(to, response.body);
    },
  };
};
