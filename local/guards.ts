/** Only programs of this machine's user may talk to the server; a web page in the user's browser may not. */
import type { IncomingMessage } from 'node:http';

export type Refusal = { readonly status: 421 | 403; readonly detail: string };

/**
 * Undefined where the request may go on. A page of another site reaches 127.0.0.1 by letting its own name resolve to
 * it (DNS rebinding): then `Host` is that name. Or it sends a request across origins: then `Origin` is not ours.
 */
export const refusalOf = (request: IncomingMessage, port: number): Refusal | undefined => {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  const { host, origin } = request.headers;
  if (!hosts.includes(host ?? '')) {
    return { status: 421, detail: `This server answers to ${hosts.join(' and ')} only.` };
  }
  if (origin !== undefined && !hosts.some((ours) => origin === `http://${ours}`)) {
    return { status: 403, detail: 'Requests from pages of other sites are not allowed.' };
  }
  return undefined;
};
