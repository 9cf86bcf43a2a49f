/** What a request carries, as undici takes it. Files are streamed from the disk, never held in memory. */
import { createReadStream, openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type Dispatcher, FormData } from 'undici';
import type { WebRequest } from '#core/ports/web.ts';

type Body = NonNullable<WebRequest['body']>;
type FileBody = Extract<Body, { file: string }>;
type FormBody = Extract<Body, { form: object }>;
type Encoded = {
  readonly body?: Dispatcher.DispatchOptions['body'];
  readonly headers: Readonly<Record<string, string>>;
};

const fromFile = async ({ file, start = 0, end }: FileBody): Promise<Encoded> => {
  const until = end ?? (await stat(file)).size;
  const headers = { 'content-length': String(until - start) };
  // `end` of a read stream is inclusive, so it cannot say "nothing".
  return until === start ? { body: '', headers } : { body: createReadStream(file, { start, end: until - 1 }), headers };
};

const fromForm = async ({ form }: FormBody): Promise<Encoded> => {
  const data = new FormData();
  for (const [name, value] of Object.entries(form)) {
    if (typeof value === 'string') data.append(name, value);
    else data.append(name, await openAsBlob(value.file, { type: value.type }), value.name);
  }
  return { body: data, headers: {} };
};

export const encodeBody = async (body: WebRequest['body']): Promise<Encoded> => {
  if (body === undefined) return { headers: {} };
  if (typeof body === 'string' || body instanceof Uint8Array) return { body, headers: {} };
  return 'file' in body ? fromFile(body) : fromForm(body);
};
