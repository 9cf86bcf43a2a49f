/** A client of the HTTP API, as anyone would write it: what the demo, the tests and the bench talk through. */
import { openAsBlob } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { ApiError, apiClient, problemOf, type RequestOptions } from '#client/api.ts';
import { type Send, SendError, uploadBlob } from '#client/upload.ts';
import { isTerminal } from '#core/job/state.ts';
import { JobView } from '#core/job/view.ts';

const send: Send = async ({ url, body, headers, signal }) => {
  const unreachable = (): never => {
    throw new SendError(0);
  };
  const response = await fetch(url, { method: 'PUT', body, headers: { ...headers }, signal: signal ?? null }).catch(
    unreachable,
  );
  if (!response.ok) throw new SendError(response.status);
  return response.headers.get('etag') ?? '';
};

export type Client = ReturnType<typeof kinoductClient>;

/** `signal` ends every request of this client. */
export const kinoductClient = (api: {
  readonly url: string;
  readonly token: string;
  readonly signal?: AbortSignal;
}) => {
  const { signal } = api;
  const { request: ask, json } = apiClient({ url: api.url, authorization: () => `Bearer ${api.token}`, signal });

  /** The answer as it is, whatever its status. */
  const request = (method: string, path: string, options: RequestOptions = {}): Promise<Response> =>
    ask(method, path, { redirect: 'manual', ...options });

  /** Sends a file as a browser would, in parts where the API asks for them; resolves to the id of the upload. */
  const upload = async (file: string, onProgress: (share: number) => void = () => {}): Promise<string> =>
    uploadBlob({ request: ask, json }, await openAsBlob(file), { filename: basename(file), send, onProgress, signal });

  const submit = async (job: unknown, headers: Readonly<Record<string, string>> = {}): Promise<JobView> =>
    JobView.parse(await json('POST', '/v1/jobs', { body: job, headers }));

  const job = async (id: string, query = ''): Promise<JobView> =>
    JobView.parse(await json('GET', `/v1/jobs/${id}${query}`));

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
      if (!response.ok) throw new ApiError(await problemOf(response));
      return response.bytes();
    },
    save: async (id: string, name: string, to: string): Promise<void> => {
      const response = await request('GET', `/v1/jobs/${id}/outputs/${name}`, { redirect: 'follow' });
      if (!response.ok || !response.body) throw new ApiError(await problemOf(response));
      await writeFile(to, response.body);
    },
  };
};
