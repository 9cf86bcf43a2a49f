/** Which deliveries there are, and whom they speak to unless told otherwise. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deliveries } from '#adapters/delivery/index.ts';
import { Failure } from '#core/failures.ts';
import type { WebRequest } from '#core/ports/web.ts';
import { deliveryFiles, failureOf, napping, secretWord, targetOf } from '#test/support/delivery.ts';

const oauth = JSON.stringify({ clientId: 'a', clientSecret: `${secretWord}1`, refreshToken: `${secretWord}2` });

/** Notes what is asked for; nothing answers, in the words of a client that shows addresses. */
const deadWeb = () => {
  const asked: WebRequest[] = [];
  const request = async (what: WebRequest): Promise<never> => {
    asked.push(what);
    throw new Failure('input.unreachable', { detail: `${what.url} ${secretWord}` });
  };
  return { asked, web: { request } };
};

describe('the deliveries', () => {
  let files: Awaited<ReturnType<typeof deliveryFiles>>;
  beforeAll(async () => {
    files = await deliveryFiles();
  });
  afterAll(() => files.close());

  const all = (web: ReturnType<typeof deadWeb>['web']) =>
    deliveries({ web, buckets: { upload: async () => undefined }, clock: napping().clock });

  test('are those that a job can name', () => {
    expect(Object.keys(all(deadWeb().web)).sort()).toEqual(['gdrive', 'http', 'https', 'imgur', 'reddit', 's3']);
  });

  test.each([
    ['gdrive', 'gdrive://folder', oauth, 'POST https://oauth2.googleapis.com/token'],
    ['imgur', 'imgur://', `Client-ID ${secretWord}`, 'POST https://api.imgur.com/3/image'],
    ['reddit', 'reddit://videos', oauth, 'POST https://www.reddit.com/api/v1/access_token'],
    ['https', 'https://example.com/in', secretWord, 'PUT https://example.com/in/clip.mp4'],
  ])(
    '%s speaks to the real service, and says nothing of it when it does not answer',
    async (scheme, to, secret, first) => {
      const { asked, web } = deadWeb();
      const work = all(web)[scheme]?.deliver(await files.make(), targetOf(to, { secret }), {});
      const failure = await failureOf(work ?? Promise.resolve());
      expect(failure).toMatchObject({ code: 'provider.drive', retryable: true });
      expect(`${asked[0]?.method} ${asked[0]?.url}`).toBe(first);
    },
  );
});
