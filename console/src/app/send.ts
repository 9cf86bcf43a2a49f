/** Sends bytes with XMLHttpRequest, which tells how far it is; fetch does not. */
import { type Send, SendError } from '#client/upload.ts';

/** Browsers send it by themselves, and let nobody else. */
const own: ReadonlySet<string> = new Set(['content-length']);

export const send: Send = ({ url, body, headers, signal }, onBytes) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const fail = (): void => reject(new SendError(request.status));
    request.open('PUT', url);
    for (const [name, value] of Object.entries(headers)) if (!own.has(name)) request.setRequestHeader(name, value);
    request.upload.addEventListener('progress', ({ loaded }) => onBytes(loaded));
    request.addEventListener('error', fail);
    request.addEventListener('abort', fail);
    request.addEventListener('load', () => {
      if (request.status >= 200 && request.status < 300) resolve(request.getResponseHeader('etag') ?? '');
      else fail();
    });
    signal?.addEventListener('abort', () => request.abort());
    request.send(body);
  });
