/** The console on one machine: its files, and what only this host can tell it. On AWS CloudFront serves the same files. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import { buildConsole, type ConsoleFiles, consoleChangedAt } from '#console/build.ts';
import { configPath, type ConsoleConfig } from '#console/console-config.ts';
import { contentSecurityPolicy, securityHeaders } from '#console/policy.ts';
import type { SystemFacts } from '#console/system-facts.ts';
import { Failure } from '#core/failures.ts';
import type { ConsoleLinks } from './console-links.ts';
import { readBody, sendResult } from './http-event.ts';

export interface ConsoleParts {
  readonly links: ConsoleLinks;
  /** True where an `Authorization` header proves that its sender runs this server. */
  readonly isHost: (authorization: string) => Promise<boolean>;
  readonly owner: string;
  readonly tokenFor: (owner: string) => Promise<string>;
  readonly facts: () => Promise<SystemFacts>;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** The path that a one-time link leads to. What stands behind `#` never reaches a server, a log or a proxy. */
export const linkPath = (code: string): string => `/#link=${code}`;

const json = (response: ServerResponse, status: number, body: unknown): void => {
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  sendResult(response, { statusCode: status, headers, body: JSON.stringify(body) });
};

/** Built when somebody first looks, and again when a source has changed: editing a file and reloading the page is enough. */
const builtFiles = (): (() => Promise<ConsoleFiles>) => {
  let built: { readonly changedAt: number; readonly files: Promise<ConsoleFiles> } | undefined;
  return async () => {
    const changedAt = await consoleChangedAt();
    if (built?.changedAt !== changedAt) built = { changedAt, files: buildConsole() };
    const { files } = built;
    try {
      return await files;
    } catch (error) {
      built = undefined; // the next request tries again
      throw error;
    }
  };
};

const sendFile = (
  response: ServerResponse,
  { type, body }: { type: string; body: Uint8Array },
  cache: string,
): void => {
  response.writeHead(200, {
    ...securityHeaders,
    'content-type': type,
    'content-length': body.length,
    'content-security-policy': contentSecurityPolicy(),
    'cache-control': cache,
    vary: 'accept',
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
};

/** Whoever does not ask for a page gets the API's answer at `/`, as ever. */
const wantsPage = ({ headers }: IncomingMessage): boolean => /\btext\/html\b/i.test(headers.accept ?? '');

const Redeemed = z.strictObject({ link: z.string().min(1).max(256) });

const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
  try {
    return JSON.parse((await readBody(request, 4096)).toString('utf8'));
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('request.malformed', { detail: 'The body is not JSON.' });
  }
};

/** A handler for the page and for `/console/…`; resolves to false, having done nothing, for all other requests. */
export const consoleRoutes = (
  parts: ConsoleParts,
): ((request: IncomingMessage, response: ServerResponse) => Promise<boolean>) => {
  const files = builtFiles();

  const assertHost = async ({ headers }: IncomingMessage): Promise<void> => {
    if (headers.authorization === undefined) throw new Failure('auth.missing');
    if (!(await parts.isHost(headers.authorization)))
      throw new Failure('auth.forbidden', { detail: 'Only who runs this server may do that.' });
  };

  const page: Handler = async (_request, response) => {
    const file = (await files()).get('');
    if (file) sendFile(response, file, 'no-cache');
  };

  /** A code against the token of its owner: once. */
  const session: Handler = async (request, response) => {
    const given = Redeemed.safeParse(await bodyOf(request));
    const owner = given.success ? parts.links.redeem(given.data.link) : undefined;
    if (owner === undefined) throw new Failure('auth.invalid', { detail: 'This link has been used, or is not ours.' });
    json(response, 200, { owner, token: await parts.tokenFor(owner) });
  };

  const newLink: Handler = async (request, response) => {
    await assertHost(request);
    json(response, 201, { path: linkPath(parts.links.make(parts.owner)) });
  };

  const system: Handler = async (request, response) => {
    await assertHost(request);
    json(response, 200, await parts.facts());
  };

  const config: Handler = async (_request, response) => {
    json(response, 200, { local: true } satisfies ConsoleConfig);
  };

  const handlers: Readonly<Record<string, Handler>> = {
    [`GET /${configPath}`]: config,
    'GET /console/system': system,
    'POST /console/links': newLink,
    'POST /console/session': session,
  };

  return async (request, response) => {
    const [path = '/'] = (request.url ?? '/').split('?');
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    if (path !== '/' && !path.startsWith('/console/')) return false;
    const handler = path === '/' && method === 'GET' && wantsPage(request) ? page : handlers[`${method} ${path}`];
    if (handler) {
      await handler(request, response);
      return true;
    }
    const file = method === 'GET' && path !== '/' ? (await files()).get(path.slice(1)) : undefined;
    if (!file) return false;
    sendFile(response, file, 'public, max-age=31536000, immutable');
    return true;
  };
};
