/** Serves the signed addresses of the filesystem store, as S3 would: what S3 refuses is refused here as well. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';
import send from 'send';
import type { FilesystemObjectStore } from '#adapters/filesystem/object-store.ts';
import type { Grant, SignedUrls } from '#adapters/filesystem/signed-urls.ts';
import { failures, toFailure } from '#core/failures.ts';

type Parts = { readonly store: FilesystemObjectStore; readonly urls: SignedUrls };

/** As S3: the most that one PUT may bring. */
const maxPutBytes = 5 * 2 ** 30;

/**
 * A handler for `/objects/…`; resolves to false, having done nothing, where the request is for something else.
 * No token is asked for: the address is the permission. Bodies go from socket to disk and back without being held.
 */
export const objectRoutes =
  ({ store, urls }: Parts) =>
  async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const url = new URL(request.url ?? '/', 'http://objects.invalid');
    if (!url.pathname.startsWith('/objects/')) return false;
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    if (method !== 'GET' && method !== 'PUT') {
      response.setHeader('allow', 'GET, HEAD, PUT');
      refuse(request, response, 405, 'Objects are read with GET or HEAD and sent with PUT.');
      return true;
    }
    const grant = urls.verify(method, url);
    if (!grant) refuse(request, response, 403, 'The address was changed or has expired.');
    else
      await (method === 'PUT' ? take({ store }, grant, request, response) : give({ store }, grant, request, response));
    return true;
  };

/** The answer to a request that is not done. What the client is still sending is read and dropped, so that it gets to see this. */
const refuse = (request: IncomingMessage, response: ServerResponse, status: number, detail: string): void => {
  if (response.destroyed) return;
  const body = JSON.stringify({ status, detail });
  response.writeHead(status, {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    connection: 'close',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
  request.resume();
};

/** Why a PUT may not go ahead by its headers alone. */
const objection = (
  grant: Grant,
  headers: IncomingMessage['headers'],
): { readonly status: number; readonly detail: string } | undefined => {
  const length = headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
  if (length === undefined) return { status: 411, detail: 'The request needs a Content-Length.' };
  if (length > (grant.bytes ?? maxPutBytes)) return { status: 413, detail: 'The body is longer than was agreed.' };
  if (grant.bytes !== undefined && length < grant.bytes)
    return { status: 400, detail: 'The body is shorter than was agreed.' };
  if (grant.contentType !== undefined && headers['content-type'] !== grant.contentType)
    return { status: 403, detail: 'The Content-Type is not the one that was agreed.' };
  if (grant.upload === undefined && headers['if-none-match'] !== '*')
    return { status: 403, detail: 'The request needs If-None-Match: *.' };
  return undefined;
};

const statusOf = (error: unknown): number => {
  const { code } = toFailure(error);
  if (code === 'conflict.state') return 412;
  return code === 'limit.storage' ? 507 : failures[code].status;
};

const take = async (
  { store }: Pick<Parts, 'store'>,
  grant: Grant,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const problem = objection(grant, request.headers);
  if (problem) return refuse(request, response, problem.status, problem.detail);
  try {
    const length = Number(request.headers['content-length']);
    // The request is not destroyed with the iterator: an answer can still be sent where the disk is full.
    const body: AsyncIterable<Uint8Array> = request.iterator({ destroyOnReturn: false });
    const etag = await store.receive({ ...grant, bytes: length }, body);
    response.writeHead(200, { etag: `"${etag}"`, 'content-length': 0 }).end();
  } catch (error) {
    const status = statusOf(error);
    refuse(request, response, status, status === 412 ? 'There is an object already.' : toFailure(error).message);
  }
};

const give = async (
  { store }: Pick<Parts, 'store'>,
  grant: Grant,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const object = await store.locate(grant.key);
  if (!object) return refuse(request, response, 404, 'There is no such object.');
  response.setHeader('content-type', grant.contentType ?? object.contentType);
  response.setHeader('content-disposition', grant.disposition ?? 'attachment');
  response.setHeader('etag', `"${object.etag}"`);
  response.setHeader('cache-control', 'private');
  response.setHeader('x-content-type-options', 'nosniff');
  // A page or a drawing that somebody uploaded must not act as the console, which has the same origin.
  response.setHeader('content-security-policy', "default-src 'none'; media-src 'self'; img-src 'self'; sandbox");
  send(request, encodeURIComponent(object.file), { dotfiles: 'allow', cacheControl: false, etag: false, index: false })
    .on('error', (error: { readonly status?: number }) => {
      for (const name of ['etag', 'content-disposition', 'content-security-policy']) response.removeHeader(name);
      refuse(request, response, error.status ?? 500, 'The object could not be read like that.');
    })
    .pipe(response);
  await finished(response, { readable: false }).catch(() => undefined); // the client went away: nothing to do
};
