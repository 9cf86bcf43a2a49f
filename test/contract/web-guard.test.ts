/** Each attack on the fetching of strangers' addresses: SSRF in all its spellings, rebinding, redirects, slow senders. */
import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type LookupFunction, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { buildConnector } from 'undici';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isPublicAddress } from '#adapters/http/addresses.ts';
import { guardedConnector } from '#adapters/http/connector.ts';
import { type GuardedWebOptions, guardedWeb } from '#adapters/http/web.ts';
import { trustedCertificate } from '#test/support/certificates.ts';
import { type Origin, startOrigin } from '#test/support/origin.ts';

const blocked = [
  // metadata services and what else a cloud has inside
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  'fd00:ec2::254',
  'fd00:ec2::23',
  '100.100.100.200',
  // this machine and this network
  '127.0.0.1',
  '127.255.255.254',
  '0.0.0.0',
  '0.1.2.3',
  '::',
  '::1',
  '10.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '100.64.0.1',
  '100.127.255.255',
  'fe80::1',
  'fc00::1',
  'fdff::1',
  'fec0::1',
  // IPv4 inside IPv6
  '::ffff:7f00:1',
  '::ffff:127.0.0.1',
  '::ffff:8.8.8.8',
  '::127.0.0.1',
  '::ffff:0:127.0.0.1',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b:1::1',
  '2002:7f00:1::',
  '2001::1',
  // nobody's
  '224.0.0.1',
  '239.255.255.255',
  '255.255.255.255',
  '240.0.0.1',
  'ff02::1',
  '192.0.0.1',
  '192.0.2.1',
  '198.51.100.1',
  '203.0.113.1',
  '198.18.0.1',
  '192.88.99.1',
  '2001:db8::1',
  '3fff::1',
  '2001:2::1',
  '100::1',
  '5f00::1',
  '4000::1',
  'not an address',
  '',
]; // prettier-ignore
const open = [
  '1.1.1.1',
  '8.8.8.8',
  '93.184.216.34',
  '100.63.255.255',
  '100.128.0.1',
  '172.15.0.1',
  '172.32.0.1',
  '169.253.255.255',
  '192.169.0.1',
  '11.0.0.1',
  '128.0.0.1',
  '223.255.255.255',
  '2606:4700::1111',
  '2a00:1450::1',
]; // prettier-ignore

const answering = (...answers: readonly (readonly string[])[]) => {
  let calls = 0;
  const resolve = async (): Promise<LookupAddress[]> => {
    const addresses = answers[Math.min(calls++, answers.length - 1)] ?? [];
    return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  };
  return { resolve, calls: () => calls };
};

let folder: string;
const origins: Origin[] = [];
const serve = async (...how: Parameters<typeof startOrigin>): Promise<Origin> => {
  const origin = await startOrigin(...how);
  origins.push(origin);
  return origin;
};
const quick = { backoffSeconds: 0.01, tries: 2, connectSeconds: 1 };
const load = (url: string, options: GuardedWebOptions = {}) =>
  guardedWeb({ ...options, limits: { ...quick, ...options.limits } }).download({
    url,
    file: join(folder, 'resource'),
    maxBytes: 1e6,
  });
const ask = (url: string, options: GuardedWebOptions = {}) =>
  guardedWeb({ ...options, limits: quick }).request({ method: 'GET', url });
const forbidden = { code: 'input.forbidden_host' };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinoduct-guard-'));
});
afterEach(async () => {
  expect(await readdir(folder)).toEqual([]);
  for (const origin of origins.splice(0)) await origin[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

describe('addresses', () => {
  test.each(blocked)('%s is not public', (address) => expect(isPublicAddress(address)).toBe(false));
  test.each(open)('%s is public', (address) => expect(isPublicAddress(address)).toBe(true));

  test.each(blocked.filter((address) => /^[0-9a-f:.]+$/.test(address)))('%s may not be spoken to', async (address) => {
    const url = `http://${address.includes(':') ? `[${address}]` : address}/`;
    await expect(load(url)).rejects.toMatchObject(forbidden);
    await expect(ask(url)).rejects.toMatchObject(forbidden);
    await expect(load('http://name.test/', answering([address]))).rejects.toMatchObject(forbidden);
  });

  test.each([
    '127.1',
    '2130706433',
    '0x7f.1',
    '0x7f000001',
    '0177.0.0.1',
    '①②⑦.⓪.⓪.①',
    '１２７.0.0.1',
    '127。0。0。1',
    'localhost',
    'localhost.',
    'LOCALHOST',
    '127.0.0.1.',
    '[::ffff:7f00:1]',
    '[0:0:0:0:0:0:0:1]',
    '%31%32%37.0.0.1',
  ])('the host %s is this machine', async (host) => {
    await expect(load(`http://${host}/`)).rejects.toMatchObject(forbidden);
  }); // prettier-ignore

  test.each([
    'file:///etc/passwd',
    'ftp://example.com/',
    'gopher://example.com/',
    'data:text/plain,x',
    'http:',
    '',
    'x',
    '//example.com/',
    'http://user@example.com/',
    'http://user:pass@example.com/',
    'http://:pass@example.com/',
    'http://example.com:22/',
    'http://example.com:8080/',
    'https://example.com:8443/',
    'http://example.com:9001/',
    'http://[::1',
    'http://exa mple.com/',
  ])('%s is refused before any lookup', async (url) => {
    const { resolve, calls } = answering(['127.0.0.1']);
    await expect(load(url, { resolve })).rejects.toMatchObject(forbidden);
    await expect(ask(url, { resolve })).rejects.toMatchObject(forbidden);
    expect(calls()).toBe(0);
  }); // prettier-ignore

  test.each(['http://a.test:443/', 'https://a.test:80/', 'http://a.test:80/'])('%s is looked up', async (url) => {
    const { resolve, calls } = answering(['127.0.0.1']);
    await expect(ask(url, { resolve })).rejects.toMatchObject(forbidden);
    expect(calls()).toBe(1);
  });

  test('no connection is made to a forbidden address', async () => {
    await using probe = await startOrigin((_, response) => void response.end());
    const connector = guardedConnector(new Set(), 1, undefined);
    const [hostname = '', port = ''] = probe.host.split(':');
    const { promise, resolve } = Promise.withResolvers<unknown>();
    connector({ hostname, port, protocol: 'http:' }, (...[error]) => resolve(error));
    expect(await promise).toMatchObject(forbidden);
    expect(probe.connections()).toBe(0);
  });
});

describe('names', () => {
  test.each([
    [['8.8.8.8', '127.0.0.1']],
    [['127.0.0.1', '8.8.8.8']],
    [['2606:4700::1111', '::1']],
    [['8.8.8.8', '64:ff9b::a9fe:a9fe']],
  ])('one inner address among %j condemns the name', async (addresses) => {
    const { resolve, calls } = answering(addresses);
    await expect(load('http://mixed.test/', { resolve })).rejects.toMatchObject(forbidden);
    expect(calls()).toBe(1);
  });

  test('a name that changes its mind is asked again for every connection, and refused', async () => {
    // The first address leads nowhere (discarded before it leaves where there is no IPv6), so the client tries again.
    const { resolve, calls } = answering(['2606:4700:ffff::1'], ['127.0.0.1']);
    await expect(load('http://rebinding.test/', { resolve, limits: { connectSeconds: 0.2 } })).rejects.toMatchObject(
      forbidden,
    );
    expect(calls()).toBe(2);
  });

  /** In the place of undici's connector: it asks the guard's lookup and connects wherever `to` says. */
  const dialling = (to: (found: unknown) => AddressInfo, seen: unknown[]) =>
    ((options: { lookup: LookupFunction }) =>
      (target: buildConnector.Options, done: buildConnector.Callback): void => {
        options.lookup(target.hostname, { all: true }, (error, found) => {
          if (error) return done(error, null);
          seen.push(found);
          const socket: Socket = connect(to(found).port, '127.0.0.1', () => done(null, socket));
        });
      }) as unknown as typeof buildConnector; // true: the guard gives a lookup and takes a connector

  test('the socket connects to the addresses that were checked, from one lookup, and is checked again', async () => {
    const server = createServer((socket) => void socket.on('error', () => {})).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const received: Buffer[] = [];
    const closed = new Promise((resolve) =>
      server.on('connection', (socket) => socket.on('data', (data) => received.push(data)).on('close', resolve)),
    );
    const { resolve, calls } = answering(['8.8.8.8', '1.1.1.1'], ['127.0.0.1']);
    const seen: unknown[] = [];
    const dial = dialling(() => server.address() as AddressInfo, seen); // true: it listens on TCP
    const { promise, resolve: done } = Promise.withResolvers<unknown>();
    const connector = guardedConnector(new Set(), 1, resolve, dial);
    connector({ hostname: 'name.test', port: '80', protocol: 'http:' }, (...[error]) => done(error));
    expect(await promise).toMatchObject(forbidden);
    expect(seen).toEqual([
      [
        { address: '8.8.8.8', family: 4 },
        { address: '1.1.1.1', family: 4 },
      ],
    ]);
    expect(calls()).toBe(1);
    await closed;
    expect(received).toEqual([]);
    server.close();
  });

  test('a name without addresses is unreachable or forbidden, never spoken to', async () => {
    await expect(load('http://none.test/', answering([]))).rejects.toMatchObject(forbidden);
    const resolve = async (): Promise<never> => {
      throw Object.assign(new Error('getaddrinfo ENOTFOUND none.test'), { code: 'ENOTFOUND' });
    };
    await expect(load('http://none.test/', { resolve })).rejects.toMatchObject({ code: 'input.unreachable' });
  });
});

describe('private hosts', () => {
  test('are exempt by name and port only', async () => {
    const origin = await serve((_, response) => void response.end('x'));
    const port = origin.host.split(':')[1];
    const { resolve } = answering(['127.0.0.1']);
    const options = { resolve, privateHosts: [`nas.test:${port}`] };
    expect(await ask(`http://NAS.test:${port}/`, options)).toMatchObject({ status: 200 });
    for (const host of [`other.test:${port}`, `127.0.0.1:${port}`, 'nas.test', 'nas.test:443', `x.nas.test:${port}`]) {
      await expect(ask(`http://${host}/`, options)).rejects.toMatchObject(forbidden);
    }
    expect(origin.asked).toHaveLength(1);
  });

  test.each(['nas', 'http://nas:80', 'nas:80/path', 'user@nas:80', 'nas:port', 'nas:99999'])(
    'may not be written as %s',
    (pair) => {
      expect(() => guardedWeb({ privateHosts: [pair] })).toThrow(TypeError);
    },
  );
});

describe('redirects', () => {
  test('to an inner host are not followed', async () => {
    const inner = await serve((_, response) => void response.end('secret'));
    const origin = await serve((_, response) => void response.writeHead(302, { location: inner.url }).end());
    await expect(load(origin.url, { privateHosts: [origin.host] })).rejects.toMatchObject(forbidden);
    expect(inner.connections()).toBe(0);
  });

  test.each([
    'http://127.0.0.1/',
    'http://localhost/',
    'http://169.254.169.254/latest/meta-data/',
    '//[::1]/',
    'file:///etc/passwd',
    'http://user:pass@example.com/',
    'http://example.com:22/',
    'javascript:alert(1)',
    'http://[',
  ])('to %s are not followed', async (location) => {
    const origin = await serve((_, response) => void response.writeHead(301, { location }).end());
    await expect(load(origin.url, { privateHosts: [origin.host] })).rejects.toMatchObject(forbidden);
    expect(origin.asked).toHaveLength(1);
  });

  test('to a name that resolves inside are not followed', async () => {
    const origin = await serve((_, response) => void response.writeHead(308, { location: 'http://inner.test/' }).end());
    const options = { privateHosts: [origin.host], ...answering(['10.0.0.1']) };
    await expect(load(origin.url, options)).rejects.toMatchObject(forbidden);
  });

  const certificate = trustedCertificate();

  test.skipIf(!certificate)('from https to http are not followed, the other way they are', async () => {
    const plain = await serve(({ url }, response) => {
      if (url === '/up') response.writeHead(302, { location: `${secure.url}/end` }).end();
      else response.end('plain');
    });
    const secure = await serve(({ url }, response) => {
      if (url === '/down') response.writeHead(302, { location: `${plain.url}/x` }).end();
      else response.end('secure');
    }, certificate);
    const privateHosts = [plain.host, secure.host];
    await expect(load(`${secure.url}/down`, { privateHosts })).rejects.toMatchObject(forbidden);
    expect(plain.asked).toHaveLength(0);
    expect(await load(`${plain.url}/up`, { privateHosts })).toMatchObject({ bytes: 6 });
    await rm(join(folder, 'resource'));
  });

  test.skipIf(!certificate)('a certificate for another name is not accepted', async () => {
    const secure = await serve((_, response) => void response.end('x'), certificate);
    const port = secure.host.split(':')[1];
    const options = { privateHosts: [`nas.test:${port}`], ...answering(['127.0.0.1']) };
    await expect(ask(`https://nas.test:${port}/`, options)).rejects.toMatchObject({ code: 'input.unreachable' });
    expect(secure.asked).toHaveLength(0);
  });
});

describe('slow senders', () => {
  const window = { minBytesPerSecond: 1000, windowSeconds: 0.2, downloadSeconds: 30 };

  test('a drip is a failure, and is not taken up again', async () => {
    const origin = await serve((_, response) => {
      response.writeHead(200, { etag: '"v1"', 'content-length': 1000 });
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
    });
    const loading = load(origin.url, { privateHosts: [origin.host], limits: window });
    await expect(loading).rejects.toMatchObject({ code: 'input.unreachable', message: /too slowly/ });
    expect(origin.asked).toHaveLength(1);
  });

  test('silence is a broken connection, and is taken up again', async () => {
    const origin = await serve(({ headers }, response) => {
      response.writeHead(headers.range ? 206 : 200, {
        etag: '"v1"',
        ...(headers.range ? { 'content-range': 'bytes 500-500/501', 'content-length': 1 } : { 'content-length': 501 }),
      });
      if (headers.range) response.end('b');
      else response.write(Buffer.alloc(500));
    });
    expect(await load(origin.url, { privateHosts: [origin.host], limits: window })).toMatchObject({ bytes: 501 });
    await rm(join(folder, 'resource'));
  });

  test('a server that never answers is left', async () => {
    const origin = await serve(() => {});
    const limits = { downloadSeconds: 0.3 };
    await expect(load(origin.url, { privateHosts: [origin.host], limits })).rejects.toMatchObject({
      code: 'input.unreachable',
    });
  });

  test('a download that goes well and never ends is left when its time is up', async () => {
    const origin = await serve((_, response) => {
      const timer = setInterval(() => response.write(Buffer.alloc(1000)), 10);
      response.on('close', () => clearInterval(timer));
    });
    const limits = { ...window, downloadSeconds: 0.5 };
    await expect(load(origin.url, { privateHosts: [origin.host], limits })).rejects.toMatchObject({
      code: 'input.unreachable',
      message: /within 0.5 seconds/,
    });
  });

  test('answers that begin late are asked again, then left', async () => {
    const origin = await serve(() => {});
    const limits = { answerSeconds: 0.2 };
    await expect(load(origin.url, { privateHosts: [origin.host], limits })).rejects.toMatchObject({
      code: 'input.unreachable',
    });
    expect(origin.asked).toHaveLength(2);
  });
});

test('what is told of a failure holds no query, which may be a signature', async () => {
  const origin = await serve((_, response) => void response.writeHead(403).end());
  const failure = await load(`${origin.url}/a/clip.mp4?X-Amz-Signature=secret`, { privateHosts: [origin.host] }).catch(
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ message: `${origin.host}/a/clip.mp4 answered with status 403.` });
  expect(JSON.stringify(failure)).not.toContain('secret');
});
