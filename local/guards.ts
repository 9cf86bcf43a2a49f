/** Only programs of this machine's user may talk to the server; a web page in the user's browser may not. */
import type { IncomingMessage } from 'node:http';
import { Failure } from '#core/failures.ts';

/**
 * Fails with `request.misdirected` or `auth.forbidden`. A page of another site reaches 127.0.0.1 by letting its own
 * name resolve to it (DNS rebinding): then `Host` is that name. Or it sends a request across origins: then `Origin`
 * is not ours.
 */
export const guard = ({ headers }: Pick<IncomingMessage, 'headers'>, port: number): void => {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (!hosts.includes(headers.host ?? ''))
    throw new Failure('request.misdirected', { detail: `This server answers to ${hosts.join(' and ')} only.` });
  if (headers.origin !== undefined && !hosts.some((ours) => headers.origin === `http://${ours}`))
    throw new Failure('auth.forbidden', { detail: 'Pages of other sites may not use this server.' });
};
