/** Deliveries to Imgur against a loopback Imgur that checks every request. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { imgurDelivery } from '#adapters/delivery/imgur.ts';
import { deliveryFiles, failureOf, napping, secretWord, targetOf, webTo } from '#test/support/delivery.ts';
import { startImgur } from '#test/support/imgur.ts';

let files: Awaited<ReturnType<typeof deliveryFiles>>;
let imgur: Awaited<ReturnType<typeof startImgur>>;
let patience: ReturnType<typeof napping>;

beforeAll(async () => {
  files = await deliveryFiles();
});
afterAll(() => files.close());
beforeEach(async () => {
  imgur = await startImgur();
  patience = napping();
});
afterEach(async () => {
  await imgur.close();
  expect(imgur.violations).toEqual([]);
});

const delivery = () => imgurDelivery({ web: webTo(imgur.host), clock: patience.clock, api: imgur.api });
const target = (to = 'imgur://') => targetOf(to, { secret: imgur.secret });

describe('a delivery to Imgur', () => {
  test.each([
    ['clip.mp4', 'video/mp4', 'video'],
    ['still.png', 'image/png', 'image'],
    ['loop.gif', 'image/gif', 'image'],
  ])('posts %s', async (name, contentType, as) => {
    const file = await files.make({ path: `été/${name}`, contentType });
    const progress: number[] = [];
    const done = await delivery().deliver(file, target(), { onProgress: (bytes) => progress.push(bytes) });
    expect(done).toEqual({ id: 'post1', url: `https://i.imgur.com/post1.${as === 'video' ? 'mp4' : 'png'}` });
    expect(imgur.posts).toEqual([
      {
        as,
        content: file.content,
        fields: { type: 'file', name, title: 'A job', fileName: name, fileType: contentType },
      },
    ]);
    expect(progress).toEqual([file.bytes]);
  });

  test('adds to an album', async () => {
    await delivery().deliver(await files.make(), target('imgur://album/aBc123'), {});
    expect(imgur.posts[0]?.fields['album']).toBe('aBc123');
  });

  test.each([
    ['a picture of more than 20 MB', 'image/png', 20_000_001],
    ['a video of more than 200 MB', 'video/mp4', 200_000_001],
    ['an animation of more than 200 MB', 'image/gif', 200_000_001],
  ])('refuses %s before it is sent', async (_, contentType, bytes) => {
    const file = { ...(await files.make({ contentType })), bytes };
    const failure = await failureOf(delivery().deliver(file, target(), {}));
    expect(failure).toMatchObject({ code: 'spec.invalid' });
    expect(failure.facts.detail).toMatch(/Imgur takes at most (20|200) MB/);
    expect(imgur.seen).toEqual([]);
  });

  test('refuses what is neither picture nor video', async () => {
    const file = await files.make({ contentType: 'audio/mpeg' });
    expect(await failureOf(delivery().deliver(file, target(), {}))).toMatchObject({ code: 'spec.invalid' });
    expect(imgur.seen).toEqual([]);
  });

  test.each([undefined, '', secretWord, `Basic ${secretWord}`, `Client-ID ${secretWord}\r\nx: y`])(
    'says what the secret should be, not what it is (%#)',
    async (secret) => {
      const failure = await failureOf(delivery().deliver(await files.make(), { ...target(), secret }, {}));
      expect(failure).toMatchObject({ code: 'spec.invalid' });
      expect(imgur.seen).toEqual([]);
    },
  );

  test.each(['imgur://gallery/x', 'imgur://album/', 'imgur://album/a/b', 'imgur://album/a b'])(
    'refuses the address %s',
    async (to) => {
      expect(await failureOf(delivery().deliver(await files.make(), target(to), {}))).toMatchObject({
        code: 'spec.invalid',
      });
    },
  );

  test('fails with auth.invalid where the credentials are refused', async () => {
    const secret = `Bearer ${secretWord}-old`;
    const failure = await failureOf(delivery().deliver(await files.make(), { ...target(), secret }, {}));
    expect(failure).toMatchObject({ code: 'auth.invalid' });
  });

  test('waits where Imgur says how long', async () => {
    let left = 2;
    imgur.inject({ answer: () => (left-- > 0 ? { status: 429, headers: { 'retry-after': '3' } } : undefined) });
    await delivery().deliver(await files.make(), target(), {});
    expect(patience.naps).toEqual([3000, 3000]);
  });

  test.each([
    ['stumbles', { status: 500, body: { data: { error: secretWord }, success: false, status: 500 } }],
    ['answers something else', { status: 200, body: 'OK' }],
    ['takes nothing', { status: 200, body: { data: { error: secretWord }, success: false, status: 400 } }],
    ['refuses the file', { status: 400, body: { data: { error: secretWord }, success: false, status: 400 } }],
  ])('is sent once only where Imgur %s', async (_, reply) => {
    imgur.inject({ answer: () => reply });
    const failure = await failureOf(delivery().deliver(await files.make(), target(), {}));
    expect(failure).toMatchObject({ code: 'provider.drive' });
    expect(imgur.seen).toHaveLength(1);
  });

  test('is sent once only where the connection breaks', async () => {
    imgur.inject({ cut: () => 500 });
    const failure = await failureOf(delivery().deliver(await files.make(), target(), {}));
    expect(failure).toMatchObject({ code: 'provider.drive' });
    expect(failure.facts.hint).toBe('Look there before you deliver it again.');
    expect(imgur.seen).toHaveLength(1);
    imgur.violations.length = 0; // of the broken request
  });
});
