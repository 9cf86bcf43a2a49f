/**
 * What lib/stacks/web-stack.ts puts before the API on AWS, before the local host: CloudFront with the files of the console, the
 * bucket of the media at an origin of its own, and the pages of a user pool.
 */
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request as forward, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildConsole } from '#console/build.ts';
import { configPath, type ConsoleConfig, type ManagedLogin } from '#console/console-config.ts';
import { contentSecurityPolicy, securityHeaders } from '#console/policy.ts';
import { routesAt } from '#functions/api/matching.ts';
import { startLoopback } from './loopback.ts';

const listen = async (serve: RequestListener) => {
  const server = createServer(serve);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo; // true: it listens on TCP
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

/** Hands signed addresses of the local host on, at another origin, to pages of `origins`, by the rules of lib/stacks/storage-stack.ts. */
const startBucket = (api: string, origins: ReadonlySet<string>) =>
  listen((incoming, response) => {
    const { origin = '', host: _host, ...headers } = incoming.headers;
    const cors = origins.has(origin)
      ? {
          'access-control-allow-origin': origin,
          'access-control-expose-headers': 'ETag, Content-Length, Content-Range',
        }
      : {};
    if (incoming.method === 'OPTIONS') {
      const asked = incoming.headers['access-control-request-headers'];
      response.writeHead(Object.keys(cors).length > 0 ? 200 : 403, {
        ...cors,
        'access-control-allow-methods': 'GET, HEAD, PUT',
        ...(asked ? { 'access-control-allow-headers': asked } : {}),
      });
      return void response.end();
    }
    // S3 takes one proof of who asks: an address that is signed, or a header.
    if (headers.authorization !== undefined) return void response.writeHead(400, cors).end('InvalidArgument');
    const passed = forward(`${api}${incoming.url}`, { method: incoming.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...cors });
      answer.pipe(response);
    });
    passed.once('error', () => response.destroy());
    incoming.pipe(passed);
  });

const digest = (verifier: string): string => createHash('sha256').update(verifier).digest('base64url');

/** Signs whoever comes in as the account, without asking, and hands out the tokens of the local host. */
const startLogin = (api: string, account: { readonly email: string; readonly password: string }) => {
  const codes = new Map<string, string>();
  const tokens = async () => {
    const answer = await fetch(`${api}/v1/auth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(account),
    });
    const { accessToken, refreshToken } = (await answer.json()) as Record<string, string>; // true: its schema
    return { access_token: accessToken, refresh_token: refreshToken, token_type: 'Bearer', expires_in: 3600 };
  };
  return startLoopback(async ({ method, path, query, body }) => {
    switch (`${method} ${path}`) {
      case 'GET /oauth2/authorize': {
        const code = randomUUID();
        if (query['response_type'] !== 'code' || query['code_challenge_method'] !== 'S256') return { status: 400 };
        codes.set(code, query['code_challenge'] ?? '');
        const back = new URLSearchParams({ code, state: query['state'] ?? '' });
        return { status: 302, headers: { location: `${query['redirect_uri']}?${back.toString()}` } };
      }
      case 'POST /oauth2/token': {
        const form = new URLSearchParams(body.toString());
        const code = form.get('code') ?? '';
        const isRight = codes.get(code) === digest(form.get('code_verifier') ?? '');
        codes.delete(code);
        const headers = { 'access-control-allow-origin': '*' };
        return isRight ? { status: 200, headers, body: await tokens() } : { status: 400, headers, body: {} };
      }
      case 'GET /logout':
        return { status: 302, headers: { location: query['logout_uri'] ?? '' } };
      default:
        return { status: 404 };
    }
  });
};

export interface Front {
  readonly url: string;
}

/** One whose pages to sign in lead back to it, and one whose pages do not. `seen` are the requests to those pages. */
export const startFronts = async (api: string, account: { readonly email: string; readonly password: string }) => {
  const origins = new Set<string>();
  const bucket = await startBucket(api, origins);
  const login = await startLogin(api, account);
  const files = await buildConsole();

  const start = async (leadsBack: boolean): Promise<Front & { readonly close: () => void }> => {
    const told = (url: string): ConsoleConfig => {
      const managedLogin: ManagedLogin = {
        url: login.url,
        clientId: 'console',
        scopes: ['openid', 'email'],
        origins: leadsBack ? [url] : [],
        page: `${login.url}/login?client_id=console`,
      };
      return { local: false, managedLogin };
    };
    const front = await listen((incoming, response) => {
      const path = (incoming.url ?? '/').split('?')[0] ?? '/';
      response.setHeader(
        'content-security-policy',
        contentSecurityPolicy({ files: [bucket.url], services: [login.url] }),
      );
      for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
      const file = files.get(path.slice(1));
      if (file) return void response.setHeader('content-type', file.type).end(file.body);
      if (path === `/${configPath}`) return void response.end(JSON.stringify(told(front.url)));
      if (routesAt(path).length === 0)
        return void response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>');
      const { host: _host, origin: _origin, ...headers } = incoming.headers;
      const passed = forward(`${api}${incoming.url}`, { method: incoming.method, headers }, (answer) => {
        // Addresses of files lead to the bucket, as the API signs them on AWS.
        const { location, 'content-length': _length, ...others } = answer.headers;
        const moved = (text: string): string => text.replaceAll(`${api}/objects/`, `${bucket.url}/objects/`);
        response.writeHead(answer.statusCode ?? 502, { ...others, ...(location ? { location: moved(location) } : {}) });
        let text = '';
        answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        answer.once('end', () => response.end(moved(text)));
      });
      passed.once('error', () => response.destroy());
      incoming.pipe(passed);
    });
    origins.add(front.url);
    return front;
  };

  const [leading, other] = [await start(true), await start(false)];
  return {
    leading: leading as Front,
    other: other as Front,
    bucket: bucket.url,
    seen: login.seen,
    close: async () => {
      for (const { close } of [leading, other, bucket]) close();
      await login.close();
    },
  };
};
