/** Deliveries to Google Drive against a loopback Drive that checks every request. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { googleDriveDelivery } from '#adapters/delivery/google-drive/delivery.ts';
import { pieceUnit } from '#adapters/delivery/google-drive/upload.ts';
import { deliveryFiles, failureOf, napping, secretWord, targetOf, webTo } from '#test/support/delivery.ts';
import { refusal, startGoogleDrive } from '#test/support/google-drive.ts';
import type { Seen } from '#test/support/loopback.ts';

let files: Awaited<ReturnType<typeof deliveryFiles>>;
let drive: Awaited<ReturnType<typeof startGoogleDrive>>;
let patience: ReturnType<typeof napping>;

beforeAll(async () => {
  files = await deliveryFiles();
});
afterAll(() => files.close());
beforeEach(async () => {
  drive = await startGoogleDrive();
  patience = napping();
});
afterEach(async () => {
  await drive.close();
  expect(drive.violations).toEqual([]);
});

const delivery = () =>
  googleDriveDelivery({ web: webTo(drive.host), clock: patience.clock, urls: drive.urls, pieceBytes: 2 * pieceUnit });
const target = (more: Parameters<typeof targetOf>[1] = {}) =>
  targetOf(`gdrive://${drive.root}`, { secret: drive.secret, ...more });
const isPiece = ({ method, path }: Pick<Seen, 'method' | 'path'>): boolean =>
  method === 'PUT' && path === '/upload/drive/v3/files';
const requests = (): readonly string[] => drive.seen.map(({ method, path }) => `${method} ${path}`);

/** The fault happens to so many of the matching requests, one after the other. */
const times = <T>(n: number, fault: () => T, matches: (seen: Seen) => boolean) => {
  let left = n;
  return (seen: Seen): T | undefined => (matches(seen) && left-- > 0 ? fault() : undefined);
};

describe('a delivery to Google Drive', () => {
  test('puts the file, in pieces, into the folders that its path names', async () => {
    const file = await files.make({ path: 'spring/teasers/clip.mp4', bytes: 5 * pieceUnit + 17 });
    const progress: number[] = [];
    const done = await delivery().deliver(file, target(), { onProgress: (bytes) => progress.push(bytes) });
    expect(done.url).toBe(`https://drive.google.com/file/d/${done.id}/view?usp=drivesdk`);
    expect(drive.paths()).toEqual(['spring', 'spring/teasers', 'spring/teasers/clip.mp4']);
    expect(drive.content('clip.mp4')).toEqual(file.content);
    expect(drive.state.pieces).toEqual([2 * pieceUnit, 2 * pieceUnit, pieceUnit + 17]);
    expect(progress).toEqual([2 * pieceUnit, 4 * pieceUnit, file.bytes]);
    expect(patience.naps).toEqual([]);
  });

  test('uses a folder that is there, whatever its name looks like', async () => {
    const name = String.raw`Ana's "best" \ of été 100%`;
    drive.add({ name, mimeType: 'application/vnd.google-apps.folder', parents: [drive.root] });
    await delivery().deliver(await files.make({ path: `${name}/it's.mp4` }), target(), {});
    expect(drive.paths()).toEqual([name, `${name}/it's.mp4`]);
  });

  test('takes a file of exactly one piece and an empty one', async () => {
    const one = await files.make({ path: 'one.mp4', bytes: 2 * pieceUnit });
    const none = await files.make({ path: 'none.txt', bytes: 0, contentType: 'text/plain' });
    await delivery().deliver(one, target({ idempotencyKey: 'one' }), {});
    await delivery().deliver(none, target({ idempotencyKey: 'none' }), {});
    expect(drive.content('one.mp4')).toEqual(one.content);
    expect(drive.content('none.txt')).toEqual(none.content);
  });

  test('made twice is one file', async () => {
    const file = await files.make({ path: 'a/clip.mp4' });
    const first = await delivery().deliver(file, target(), {});
    expect(await delivery().deliver(file, target(), {})).toEqual(first);
    expect(drive.paths()).toEqual(['a', 'a/clip.mp4']);
    expect(requests().filter((request) => request.startsWith('PUT'))).toHaveLength(1);
  });

  test('of the same name but another job is another file', async () => {
    const file = await files.make();
    await delivery().deliver(file, target({ idempotencyKey: 'one' }), {});
    await delivery().deliver(file, target({ idempotencyKey: 'two' }), {});
    expect(drive.paths()).toEqual(['clip.mp4', 'clip.mp4']);
  });

  test.each([
    ['at different moments', undefined],
    ['at the same millisecond', '2026-11-01T00:00:00.000Z'],
  ])('ends in one folder where two make it %s', async (_, frozenTime) => {
    drive.state.frozenTime = frozenTime;
    // None of them sees a folder before all have looked.
    const names = ['a.mp4', 'b.mp4', 'c.mp4', 'd.mp4'];
    const { promise: allLooked, resolve } = Promise.withResolvers<void>();
    let looks = 0;
    drive.inject({
      answer: async ({ query }) => {
        if (!query['q']?.includes("name = 'shared'") || (looks += 1) > names.length) return undefined;
        if (looks === names.length) resolve();
        await allLooked;
        return { status: 200, body: { files: [] } };
      },
    });
    const made = await Promise.all(names.map((name) => files.make({ path: `shared/${name}` })));
    await Promise.all(made.map((file) => delivery().deliver(file, target({ idempotencyKey: file.path }), {})));
    expect(looks).toBe(2 * names.length);
    expect(drive.paths()).toEqual(['shared', ...names.map((name) => `shared/${name}`)]);
  });

  test('leaves a folder alone that somebody put a file into', async () => {
    const folder = { name: 'shared', mimeType: 'application/vnd.google-apps.folder', parents: [drive.root] };
    let looks = 0;
    drive.inject({
      answer: ({ query }) => {
        if (!query['q']?.includes("name = 'shared'") || (looks += 1) !== 2) return undefined;
        const made = [...drive.files.values()].find(({ name }) => name === 'shared');
        drive.add({ name: 'theirs.mp4', mimeType: 'video/mp4', parents: [made?.id ?? ''] }, Buffer.from('x'));
        drive.state.frozenTime = '2020-01-01T00:00:00.000Z';
        drive.add(folder);
        drive.state.frozenTime = undefined;
        return undefined;
      },
    });
    await delivery().deliver(await files.make({ path: 'shared/clip.mp4' }), target(), {});
    expect(drive.paths()).toEqual(['shared', 'shared', 'shared/clip.mp4', 'shared/theirs.mp4']);
  });

  test('succeeds where it may add files but take none away', async () => {
    let looks = 0;
    drive.inject({
      answer: ({ method, query }) => {
        if (method === 'PATCH') return refusal(403, 'insufficientFilePermissions');
        return query['q']?.includes('appProperties') && (looks += 1) <= 2
          ? { status: 200, body: { files: [] } }
          : undefined;
      },
    });
    const file = await files.make();
    const [a, b] = await Promise.all([1, 2].map(() => delivery().deliver(file, target(), {})));
    expect(a).toEqual(b);
    expect(drive.paths()).toEqual(['clip.mp4', 'clip.mp4']);
  });

  test('that two attempts make at the same time leaves one file', async () => {
    let looks = 0;
    drive.inject({
      answer: ({ query }) =>
        query['q']?.includes('appProperties') && (looks += 1) <= 2 ? { status: 200, body: { files: [] } } : undefined,
    });
    const file = await files.make();
    const [a, b] = await Promise.all([1, 2].map(() => delivery().deliver(file, target(), {})));
    expect(drive.paths()).toEqual(['clip.mp4']);
    expect([a?.id, b?.id]).toContain([...drive.files.values()].find(({ content, trashed }) => content && !trashed)?.id);
  });

  test('goes on where a broken piece left off', async () => {
    const file = await files.make({ bytes: 6 * pieceUnit });
    let pieces = 0;
    drive.inject({ cut: (head) => (isPiece(head) && (pieces += 1) === 2 ? pieceUnit + 1000 : undefined) });
    await delivery().deliver(file, target(), {});
    expect(drive.content('clip.mp4')).toEqual(file.content);
    const ranges = drive.seen.filter(isPiece).map(({ headers }) => headers['content-range']);
    const [kib, total] = [pieceUnit, file.bytes];
    expect(ranges).toEqual([
      `bytes 0-${2 * kib - 1}/${total}`,
      `bytes ${2 * kib}-${4 * kib - 1}/${total}`,
      `bytes */${total}`,
      `bytes ${3 * kib}-${5 * kib - 1}/${total}`,
      `bytes ${5 * kib}-${total - 1}/${total}`,
    ]);
    expect(patience.naps).toEqual([1000]);
  });

  test('sends again what a 308 did not confirm', async () => {
    const file = await files.make({ bytes: 3 * pieceUnit });
    drive.inject({
      answer: times(
        1,
        () => {
          const [session] = drive.sessions.values();
          if (session) session.received = file.content.subarray(0, pieceUnit);
          return { status: 308, headers: { range: `bytes=0-${pieceUnit - 1}` } };
        },
        isPiece,
      ),
    });
    await delivery().deliver(file, target(), {});
    expect(drive.content('clip.mp4')).toEqual(file.content);
    expect(drive.state.pieces).toEqual([2 * pieceUnit]);
  });

  test('begins again where the upload session is gone', async () => {
    const file = await files.make({ bytes: 4 * pieceUnit });
    let pieces = 0;
    drive.inject({ answer: (seen) => (isPiece(seen) && (pieces += 1) === 2 ? { status: 404 } : undefined) });
    await delivery().deliver(file, target(), {});
    expect(drive.content('clip.mp4')).toEqual(file.content);
    expect(requests().filter((request) => request.startsWith('POST /upload'))).toHaveLength(2);
  });

  test('ends where no session lasts, and where a session takes nothing', async () => {
    const file = await files.make({ bytes: 4 * pieceUnit });
    drive.inject({ answer: (seen) => (isPiece(seen) ? { status: 410 } : undefined) });
    expect(await failureOf(delivery().deliver(file, target(), {}))).toMatchObject({
      code: 'provider.drive',
      facts: { detail: 'Google Drive loses its upload sessions.' },
    });
    drive.inject({ answer: (seen) => (isPiece(seen) ? { status: 308 } : undefined) });
    expect(await failureOf(delivery().deliver(file, target(), {}))).toMatchObject({ code: 'provider.drive' });
    expect(patience.naps).toEqual([1000, 2000, 4000, 8000]);
  });

  test('whose answer was lost asks and finds the file', async () => {
    const file = await files.make();
    // The service has the last byte and the connection breaks before it says so.
    drive.inject({
      answer: times(
        1,
        () => {
          const [session] = drive.sessions.values();
          if (session) session.received = file.content;
          return { status: 502, body: 'Bad Gateway' };
        },
        isPiece,
      ),
    });
    await delivery().deliver(file, target(), {});
    expect(drive.content('clip.mp4')).toEqual(file.content);
    expect(drive.paths()).toEqual(['clip.mp4']);
  });

  test('renews an access token that expires on the way', async () => {
    drive.inject({
      answer: times(
        1,
        () => {
          drive.expireTokens();
          return undefined;
        },
        ({ method, path }) => method === 'POST' && path === '/upload/drive/v3/files',
      ),
    });
    await delivery().deliver(await files.make(), target(), {});
    expect(drive.paths()).toEqual(['clip.mp4']);
    expect(requests().filter((request) => request === 'POST /token')).toHaveLength(2);
  });

  test('fails with auth.invalid where no token is good for anything', async () => {
    drive.inject({ answer: ({ path }) => (path === '/drive/v3/files' ? refusal(401, 'authError') : undefined) });
    const failure = await failureOf(delivery().deliver(await files.make(), target(), {}));
    expect(failure).toMatchObject({ code: 'auth.invalid', retryable: false });
    expect(requests().filter((request) => request === 'POST /token')).toHaveLength(2);
  });

  test('fails with auth.invalid where the refresh token is not valid any more', async () => {
    const secret = drive.secret.replace(`${secretWord}-refresh`, `${secretWord}-revoked`);
    const failure = await failureOf(delivery().deliver(await files.make(), target({ secret }), {}));
    expect(failure).toMatchObject({ code: 'auth.invalid' });
    expect(failure.facts.detail).toBe('Google Drive refuses the refresh token or its client.');
  });

  test.each([
    ['status 429 with Retry-After', { ...refusal(429, 'rateLimitExceeded'), headers: { 'retry-after': '7' } }, 7000],
    ['status 429', refusal(429, 'rateLimitExceeded'), 1000],
    ['status 403 with a reason of the rate', refusal(403, 'userRateLimitExceeded'), 1000],
    ['status 503', { status: 503, body: '<html>' }, 1000],
  ])('is patient where Drive says %s', async (_, reply, nap) => {
    drive.inject({
      answer: times(
        1,
        () => reply,
        ({ path }) => path === '/drive/v3/files',
      ),
    });
    await delivery().deliver(await files.make(), target(), {});
    drive.inject({ answer: times(1, () => reply, isPiece) });
    await delivery().deliver(await files.make({ path: 'b.mp4' }), target({ idempotencyKey: 'b' }), {});
    expect(patience.naps).toEqual([nap, nap]);
    expect(drive.paths()).toEqual(['b.mp4', 'clip.mp4']);
  });

  test.each([
    ['goes on refusing', refusal(429, 'rateLimitExceeded'), [1000, 2000, 4000, 8000], undefined],
    ['asks for too long a pause', { status: 429, headers: { 'retry-after': '3600' } }, [], 3600],
  ])('ends with provider.drive where Drive %s', async (_, reply, naps, retryAfterSeconds) => {
    drive.inject({ answer: ({ path }) => (path === '/drive/v3/files' ? reply : undefined) });
    const failure = await failureOf(delivery().deliver(await files.make(), target(), {}));
    expect(failure).toMatchObject({ code: 'provider.drive', retryable: true });
    expect(failure.facts.retryAfterSeconds).toBe(retryAfterSeconds);
    expect(patience.naps).toEqual(naps);
  });

  test('says that Drive is full, at once', async () => {
    drive.inject({
      answer: ({ method, path }) =>
        method === 'POST' && path.startsWith('/upload') ? refusal(403, 'storageQuotaExceeded') : undefined,
    });
    const failure = await failureOf(delivery().deliver(await files.make(), target(), {}));
    expect(failure.code).toBe('provider.drive');
    expect(failure.facts.detail).toBe('Google Drive has no room for the file (status 403, storageQuotaExceeded).');
    expect(patience.naps).toEqual([]);
  });

  test('says that it may not write there', async () => {
    drive.inject({
      answer: ({ method }) => (method === 'PUT' ? refusal(403, 'insufficientFilePermissions') : undefined),
    });
    const failure = await failureOf(delivery().deliver(await files.make(), target(), {}));
    expect(failure).toMatchObject({ code: 'auth.invalid' });
  });

  test('says that there is no such folder', async () => {
    const failure = await failureOf(
      delivery().deliver(await files.make(), { ...target(), to: 'gdrive://another_folder' }, {}),
    );
    expect(failure).toMatchObject({ code: 'spec.invalid' });
    expect(failure.facts.detail).toContain('no such folder');
  });

  test.each([
    ['a list that is no JSON', ({ path }: Seen) => path === '/drive/v3/files', { status: 200, body: '<html>' }],
    ['a list without files', ({ path }: Seen) => path === '/drive/v3/files', { status: 200, body: { kind: 'x' } }],
    ['a token answer without a token', ({ path }: Seen) => path === '/token', { status: 200, body: {} }],
    ['a session without an address', ({ method }: Seen) => method === 'POST', { status: 200, body: {} }],
    ['a range past what was sent', isPiece, { status: 308, headers: { range: 'bytes=0-999999999' } }],
    ['a range that makes no sense', isPiece, { status: 308, headers: { range: 'bytes=5-9' } }],
    ['a file without an id', isPiece, { status: 200, body: { createdTime: '2026-11-01T00:00:00.000Z' } }],
    ['a refusal in another form', isPiece, { status: 400, body: `{"error":"${secretWord}"}` }],
  ])('ends with provider.drive on %s', async (_, matches, reply) => {
    drive.inject({ answer: (seen) => (matches(seen) && seen.path !== '/token' ? reply : undefined) });
    if (matches({ path: '/token', method: '' } as Seen))
      drive.inject({ answer: ({ path }) => (path === '/token' ? reply : undefined) });
    const failure = await failureOf(delivery().deliver(await files.make(), target(), {}));
    expect(failure.code).toBe('provider.drive');
  });

  test('takes back a file of which Drive holds other bytes', async () => {
    drive.inject({
      answer: (seen) => {
        if (isPiece(seen)) seen.body[0] = (seen.body[0] ?? 0) ^ 1;
        return undefined;
      },
    });
    const failure = await failureOf(delivery().deliver(await files.make(), target(), {}));
    expect(failure).toMatchObject({ code: 'provider.drive' });
    expect(drive.paths()).toEqual([]);
  });

  test.each([
    ['is missing', undefined],
    ['is no JSON', secretWord],
    ['lacks a field', `{"clientId":"a","clientSecret":"${secretWord}"}`],
    ['has a field too many', `{"clientId":"a","clientSecret":"b","refreshToken":"c","${secretWord}":1}`],
  ])('says so without a word of it where the secret %s', async (_, secret) => {
    const failure = await failureOf(delivery().deliver(await files.make(), target({ secret }), {}));
    expect(failure).toMatchObject({ code: 'spec.invalid' });
    expect(drive.seen).toEqual([]);
  });

  test.each(['gdrive://', 'gdrive://a/b', "gdrive://x' or name", 'https://drive.google.com/x'])(
    'refuses the address %s',
    async (to) => {
      const failure = await failureOf(delivery().deliver(await files.make(), { ...target(), to }, {}));
      expect(failure).toMatchObject({ code: 'spec.invalid' });
    },
  );

  test('stops when it is told to', async () => {
    const stop = new AbortController();
    drive.inject({
      answer: (seen) => {
        if (isPiece(seen)) stop.abort(new Error('canceled'));
        return undefined;
      },
    });
    const file = await files.make({ bytes: 6 * pieceUnit });
    await expect(delivery().deliver(file, target(), { signal: stop.signal })).rejects.toThrow('canceled');
    expect(drive.paths()).toEqual([]);
  });
});
