/** Files put to web addresses. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { httpsDelivery } from '#adapters/delivery/https.ts';
import { deliveryFiles, failureOf, napping, secretWord, targetOf, webTo } from '#test/support/delivery.ts';
import { type Loopback, startLoopback } from '#test/support/loopback.ts';

let files: Awaited<ReturnType<typeof deliveryFiles>>;
let server: Loopback;
let patience: ReturnType<typeof napping>;

beforeAll(async () => {
  files = await deliveryFiles();
});
afterAll(() => files.close());
beforeEach(async () => {
  server = await startLoopback(() => ({ status: 201 }));
  patience = napping();
});
afterEach(() => server.close());

const delivery = () =>
  httpsDelivery({ web: webTo(server.host), clock: patience.clock, protocols: ['https:', 'http:'] });
const target = (path = '/in', secret?: string) => targetOf(`${server.url}${path}`, { secret });

describe('a delivery to a web address', () => {
  test('is one PUT with type, length, hash and the secret as it stands', async () => {
    const file = await files.make({ path: 'a b/été?#%41.mp4' });
    const progress: number[] = [];
    const done = await delivery().deliver(file, target('/in/', `Bearer ${secretWord}`), {
      onProgress: (bytes) => progress.push(bytes),
    });
    const [request, ...more] = server.seen;
    expect(more).toEqual([]);
    expect(request?.method).toBe('PUT');
    expect(request?.path).toBe('/in/a%20b/%C3%A9t%C3%A9%3F%23%2541.mp4');
    expect(request?.query).toEqual({});
    expect(request?.body).toEqual(file.content);
    expect(request?.headers).toMatchObject({
      'content-type': 'video/mp4',
      'content-length': String(file.bytes),
      'repr-digest': `sha-256=:${Buffer.from(file.sha256, 'hex').toString('base64')}:`,
      authorization: `Bearer ${secretWord}`,
    });
    expect(request?.headers).not.toHaveProperty('transfer-encoding');
    expect(done).toEqual({ url: `${server.url}/in/a%20b/%C3%A9t%C3%A9%3F%23%2541.mp4`, id: null });
    expect(progress).toEqual([file.bytes]);
  });

  test('sends no Authorization where no secret is named', async () => {
    await delivery().deliver(await files.make(), target(), {});
    expect(server.seen[0]?.headers).not.toHaveProperty('authorization');
  });

  test.each([
    ['', '/clip.mp4'],
    ['/', '/clip.mp4'],
    ['/in', '/in/clip.mp4'],
    ['/in//', '/in/clip.mp4'],
    ['/in#part', '/in/clip.mp4'],
  ])('puts clip.mp4 below "%s" at %s', async (to, path) => {
    await delivery().deliver(await files.make(), target(to), {});
    expect(server.seen[0]?.path).toBe(path);
  });

  test('keeps a query for the server and from everybody else', async () => {
    const done = await delivery().deliver(await files.make(), target(`/in?sig=${secretWord}&x=1`), {});
    expect(server.seen[0]?.query).toEqual({ sig: secretWord, x: '1' });
    expect(done.url).toBe(`${server.url}/in/clip.mp4`);
    server.inject({ answer: () => ({ status: 400, body: secretWord }) });
    await failureOf(delivery().deliver(await files.make(), target(`/in?sig=${secretWord}`), {}));
  });

  test('is put again where the server stumbles or the connection breaks', async () => {
    let left = 1;
    server.inject({ answer: () => (left-- > 0 ? { status: 503 } : undefined) });
    await delivery().deliver(await files.make(), target(), {});
    left = 1;
    server.inject({ cut: () => (left-- > 0 ? 300 : undefined) });
    await delivery().deliver(await files.make(), target(), {});
    expect(server.seen).toHaveLength(4);
    expect(server.seen.map(({ body }) => body.length)).toEqual([1000, 1000, 300, 1000]);
    expect(patience.naps).toEqual([1000, 1000]);
  });

  test('waits as long as Retry-After says', async () => {
    let left = 1;
    server.inject({ answer: () => (left-- > 0 ? { status: 429, headers: { 'retry-after': '5' } } : undefined) });
    await delivery().deliver(await files.make(), target(), {});
    expect(patience.naps).toEqual([5000]);
  });

  test.each([
    [401, 'auth.invalid', 1],
    [403, 'auth.invalid', 1],
    [307, 'provider.drive', 1],
    [404, 'provider.drive', 1],
    [413, 'provider.drive', 1],
    [429, 'provider.drive', 5],
    [500, 'provider.drive', 5],
  ])('that is answered with %i fails with %s after %i request(s)', async (status, code, tries) => {
    server.inject({ answer: () => ({ status, headers: { location: `${server.url}/other` }, body: secretWord }) });
    const failure = await failureOf(delivery().deliver(await files.make(), target('/in', secretWord), {}));
    expect(failure.code).toBe(code);
    expect(server.seen).toHaveLength(tries);
    expect(server.seen.every(({ path }) => path === '/in/clip.mp4')).toBe(true);
  });

  test('to a server that is down fails with provider.drive', async () => {
    await server.close();
    expect(await failureOf(delivery().deliver(await files.make(), target(), {}))).toMatchObject({
      code: 'provider.drive',
      retryable: true,
    });
    expect(patience.naps).toEqual([1000, 2000, 4000, 8000]);
  });

  test('to an address of the deployment itself fails with input.forbidden_host', async () => {
    const work = httpsDelivery({ web: webTo(), clock: patience.clock });
    for (const to of ['https://127.0.0.1/', 'https://169.254.169.254/latest', 'https://localhost/', 'https://[::1]/'])
      expect(await failureOf(work.deliver(await files.make(), targetOf(to), {}))).toMatchObject({
        code: 'input.forbidden_host',
      });
  });

  test.each(['http://example.com/in', 'https://', 'https://a b/', `https://ana:${secretWord}@example.com/`])(
    'refuses the address %#',
    async (to) => {
      const work = httpsDelivery({ web: webTo(), clock: patience.clock });
      expect(await failureOf(work.deliver(await files.make(), targetOf(to), {}))).toMatchObject({
        code: 'spec.invalid',
      });
    },
  );

  test.each([`Bearer ${secretWord}\r\nx-evil: 1`, `Bearer ${secretWord}\n`, `${secretWord} é`, ''])(
    'refuses a secret that is no header value (%#)',
    async (secret) => {
      const failure = await failureOf(delivery().deliver(await files.make(), target('/in', secret), {}));
      expect(failure).toMatchObject({ code: 'spec.invalid' });
      expect(server.seen).toEqual([]);
    },
  );
});
