/** Posts to Reddit against a loopback Reddit that checks every request. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { redditDelivery } from '#adapters/delivery/reddit/delivery.ts';
import { posterPng } from '#adapters/delivery/reddit/poster.ts';
import { deliveryFiles, failureOf, napping, secretWord, targetOf, webTo } from '#test/support/delivery.ts';
import { startReddit } from '#test/support/reddit.ts';

let files: Awaited<ReturnType<typeof deliveryFiles>>;
let reddit: Awaited<ReturnType<typeof startReddit>>;
let patience: ReturnType<typeof napping>;

beforeAll(async () => {
  files = await deliveryFiles();
});
afterAll(() => files.close());
beforeEach(async () => {
  reddit = await startReddit();
  patience = napping();
});
afterEach(async () => {
  await reddit.close();
  expect(reddit.violations).toEqual([]);
});

const delivery = () => redditDelivery({ web: webTo(reddit.host), clock: patience.clock, urls: reddit.urls });
const target = (more: Parameters<typeof targetOf>[1] = {}) =>
  targetOf('reddit://videos', { secret: reddit.secret, ...more });
const requests = (): readonly string[] => reddit.seen.map(({ path }) => path);
const page = 'https://www.reddit.com/user/ana/submitted/';

describe('a delivery to Reddit', () => {
  test('posts a video with a poster', async () => {
    const file = await files.make({ path: 'a/Clip été.mp4' });
    const progress: number[] = [];
    const done = await delivery().deliver(file, target(), { onProgress: (bytes) => progress.push(bytes) });
    expect(done).toEqual({ url: page, id: null });
    expect(progress).toEqual([file.bytes]);
    const [post] = reddit.posts;
    expect(post).toMatchObject({ sr: 'videos', kind: 'video', title: 'A job', resubmit: 'true' });
    const video = reddit.assets.get(post?.['url'] ?? '');
    expect(video).toEqual({ type: 'video/mp4', content: file.content, name: 'Clip été.mp4' });
    expect(reddit.assets.get(post?.['video_poster_url'] ?? '')?.content).toEqual(posterPng);
    expect(requests().filter((path) => path === '/api/v1/access_token')).toHaveLength(1);
  });

  test.each(['image/png', 'image/jpeg', 'image/gif'])('posts %s as a picture', async (contentType) => {
    const file = await files.make({ path: 'still', contentType });
    await delivery().deliver(file, { ...target(), to: 'reddit://r/pics' }, {});
    expect(reddit.posts).toMatchObject([{ sr: 'pics', kind: 'image' }]);
    expect([...reddit.assets.values()]).toHaveLength(1);
  });

  test('names the post itself where Reddit does', async () => {
    const url = 'https://www.reddit.com/r/videos/comments/abc/a_job/';
    reddit.inject({
      answer: ({ path }) =>
        path === '/api/submit'
          ? { status: 200, body: { json: { errors: [], data: { url, name: 't3_abc', id: 'abc' } } } }
          : undefined,
    });
    expect(await delivery().deliver(await files.make(), target(), {})).toEqual({ url, id: 't3_abc' });
  });

  test('shortens a title to what Reddit takes, at the border of a character', async () => {
    await delivery().deliver(await files.make(), target({ title: '🎬'.repeat(400) }), {});
    expect(reddit.posts[0]?.['title']).toBe('🎬'.repeat(300));
  });

  test.each(['audio/mpeg', 'application/json', 'video/webm', 'text/html'])(
    'refuses %s before anything is sent',
    async (contentType) => {
      const failure = await failureOf(delivery().deliver(await files.make({ contentType }), target(), {}));
      expect(failure).toMatchObject({ code: 'spec.invalid' });
      expect(reddit.seen).toEqual([]);
    },
  );

  test.each(['reddit://', 'reddit://a', 'reddit://two words', 'reddit://x/y', 'reddit://pics?x'])(
    'refuses the address %s',
    async (to) => {
      expect(await failureOf(delivery().deliver(await files.make(), { ...target(), to }, {}))).toMatchObject({
        code: 'spec.invalid',
      });
    },
  );

  test.each([
    ['client', `${secretWord}-client`],
    ['refresh token', `${secretWord}-refresh`],
  ])('fails with auth.invalid where the %s is not valid', async (_, part) => {
    const secret = reddit.secret.replace(part, `${part}-old`);
    const failure = await failureOf(delivery().deliver(await files.make(), target({ secret }), {}));
    expect(failure).toMatchObject({ code: 'auth.invalid' });
  });

  test.each(['/api/media/asset.json', '/api/submit'])('renews a token that expires before %s', async (expired) => {
    let left = 1;
    reddit.inject({
      answer: ({ path }) => {
        if (path === expired && left-- > 0) reddit.expireTokens();
        return undefined;
      },
    });
    await delivery().deliver(await files.make(), target(), {});
    expect(reddit.posts).toHaveLength(1);
    expect(requests().filter((path) => path === '/api/v1/access_token')).toHaveLength(2);
  });

  test.each(['/api/media/asset.json', '/api/submit'])(
    'fails with auth.invalid where no token does for %s',
    async (where) => {
      reddit.inject({ answer: ({ path }) => (path === where ? { status: 401, body: secretWord } : undefined) });
      const failure = await failureOf(delivery().deliver(await files.make(), target(), {}));
      expect(failure).toMatchObject({ code: 'auth.invalid', retryable: false });
      expect(requests().filter((path) => path === where)).toHaveLength(2);
    },
  );

  test.each(['/api/media/asset.json', '/bucket', '/api/v1/access_token'])(
    'is patient where %s stumbles',
    async (where) => {
      let left = 1;
      reddit.inject({ answer: ({ path }) => (path === where && left-- > 0 ? { status: 503 } : undefined) });
      await delivery().deliver(await files.make(), target(), {});
      expect(patience.naps).toEqual([1000]);
      expect(reddit.posts).toHaveLength(1);
    },
  );

  test('waits as long as a 429 says, and submits again', async () => {
    let left = 1;
    reddit.inject({
      answer: ({ path }) =>
        path === '/api/submit' && left-- > 0 ? { status: 429, headers: { 'retry-after': '12' } } : undefined,
    });
    await delivery().deliver(await files.make(), target(), {});
    expect(patience.naps).toEqual([12_000]);
    expect(reddit.posts).toHaveLength(1);
  });

  test('is never submitted twice where Reddit leaves open what happened', async () => {
    reddit.inject({ answer: ({ path }) => (path === '/api/submit' ? { status: 504 } : undefined) });
    const failure = await failureOf(delivery().deliver(await files.make(), target(), {}));
    expect(failure).toMatchObject({ code: 'provider.drive' });
    expect(requests().filter((path) => path === '/api/submit')).toHaveLength(1);
  });

  test('says that there is no such subreddit', async () => {
    const failure = await failureOf(delivery().deliver(await files.make(), { ...target(), to: 'reddit://gone' }, {}));
    expect(failure).toMatchObject({ code: 'spec.invalid' });
  });

  test.each([
    ['a rule', [['RATELIMIT', `take a break ${secretWord}`, 'ratelimit']], /RATELIMIT/],
    ['two rules', [['NO_VIDEOS', 'x', 'sr'], ['TITLE_TOO_LONG', 'y', 'title']], /NO_VIDEOS, TITLE_TOO_LONG/], // biome-ignore format: two rows
    ['a rule without a name', [[`${secretWord} x`, 'y', 'z']], /unnamed/],
  ])('names %s that a post broke', async (_, errors, detail) => {
    reddit.inject({
      answer: ({ path }) => (path === '/api/submit' ? { status: 200, body: { json: { errors } } } : undefined),
    });
    const failure = await failureOf(delivery().deliver(await files.make(), target(), {}));
    expect(failure).toMatchObject({ code: 'provider.drive' });
    expect(failure.facts.detail).toMatch(detail);
  });

  test.each([
    ['a lease without a key', '/api/media/asset.json', { args: { action: '//x.invalid', fields: [] } }],
    ['a lease to nowhere', '/api/media/asset.json', { args: { action: `file:///${secretWord}`, fields: [] } }],
    ['a lease of another form', '/api/media/asset.json', { asset: secretWord }],
    ['a submission of another form', '/api/submit', { success: true }],
    ['a token of another form', '/api/v1/access_token', { error: 'invalid_grant' }],
  ])('ends with provider.drive on %s', async (_, where, body) => {
    reddit.inject({ answer: ({ path }) => (path === where ? { status: 200, body } : undefined) });
    expect(await failureOf(delivery().deliver(await files.make(), target(), {}))).toMatchObject({
      code: 'provider.drive',
    });
  });

  test('ends with provider.drive where the bucket refuses the form', async () => {
    reddit.inject({ answer: ({ path }) => (path === '/bucket' ? { status: 403, body: secretWord } : undefined) });
    const failure = await failureOf(delivery().deliver(await files.make(), target(), {}));
    expect(failure).toMatchObject({ code: 'provider.drive' });
    expect(reddit.posts).toEqual([]);
  });
});
