/** Files put to a web address, one PUT each (RFC 9110, section 9.3.4): a second PUT of the same file changes nothing. */
import { Failure } from '#core/failures.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Delivery, DeliveryFile } from '#core/ports/delivery.ts';
import type { Web } from '#core/ports/web.ts';
import { remoteOf, secondsFor } from './remote.ts';

const invalid = (detail: string): never => {
  throw new Failure('spec.invalid', { detail });
};

/** `to` is the folder: `https://example.com/in?x=1` and `a/b.mp4` make `https://example.com/in/a/b.mp4?x=1`. */
const addressOf = (to: string, path: string, protocols: readonly string[]): URL => {
  const url = URL.canParse(to) ? new URL(to) : invalid('The delivery address is not a URL.');
  if (!protocols.includes(url.protocol)) invalid('A delivery address starts with https://.');
  if (url.username || url.password)
    invalid('A delivery address holds no user name and no password: put the Authorization header into a secret.');
  url.hash = '';
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path.split('/').map(encodeURIComponent).join('/')}`;
  return url;
};

const headersOf = (file: DeliveryFile, secret: string | undefined): Record<string, string> => {
  if (secret !== undefined && !/^[\x20-\x7e]+$/.test(secret))
    invalid('The secret of an https delivery is the value of an Authorization header, such as "Bearer …".');
  return {
    'content-type': file.contentType,
    // RFC 9530: lets the receiver check what arrived.
    'repr-digest': `sha-256=:${Buffer.from(file.sha256, 'hex').toString('base64')}:`,
    ...(secret === undefined ? {} : { authorization: secret }),
  };
};

/** The secret, where the job names one, is sent as it stands as the value of `Authorization`. Redirects are not followed. */
export const httpsDelivery = ({
  web,
  clock,
  protocols = ['https:'],
}: {
  web: Pick<Web, 'request'>;
  clock: Pick<Clock, 'sleep'>;
  /** Tests add `http:`. */
  protocols?: readonly string[];
}): Delivery => ({
  deliver: async (file, { to, secret }, { onProgress, signal }) => {
    const url = addressOf(to, file.path, protocols);
    const remote = remoteOf({ name: url.hostname, web, clock });
    const headers = headersOf(file, secret);
    const body = { file: file.file };
    const request = { method: 'PUT', url: url.href, headers, body, timeoutSeconds: secondsFor(file.bytes) } as const;
    const { status } = await remote.send(request, { signal, repeatable: true });
    if (status === 401 || status === 403) throw remote.refused(`refuses the delivery (status ${status}).`);
    if (status < 200 || status > 299) throw remote.failed(`did not take the file (status ${status}).`);
    onProgress?.(file.bytes);
    return { url: `${url.origin}${url.pathname}`, id: null }; // a query may be a permission
  },
});
