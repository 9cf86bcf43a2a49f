/**
 * Posts to a subreddit (https://www.reddit.com/dev/api#POST_api_submit), as the user whose refresh token the secret holds;
 * scope `submit`. Reddit knows no idempotency keys, so a submission whose answer is lost is not sent again here.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as z from 'zod';
import { Failure } from '#core/failures.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Delivered, Delivery, DeliveryFile } from '#core/ports/delivery.ts';
import type { Web, WebAnswer, WebRequest } from '#core/ports/web.ts';
import { authorized, type Credentials, credentialsOf, tokenFrom } from '../oauth.ts';
import { type Remote, remoteOf, urlEncoded } from '../remote.ts';
import { uploadMedia } from './media.ts';
import { posterPng } from './poster.ts';

export type RedditUrls = { readonly token: string; readonly api: string };

const redditUrls: RedditUrls = {
  token: 'https://www.reddit.com/api/v1/access_token',
  api: 'https://oauth.reddit.com',
};

/** Reddit asks for `platform:app:version (by /u/name)` and limits clients that name themselves otherwise. */
const userAgent = 'node:kinoduct:1 (self-hosted video pipeline)';

const maxTitle = 300;
const kinds: Readonly<Record<string, 'image' | 'video'>> = {
  'image/png': 'image',
  'image/jpeg': 'image',
  'image/gif': 'image',
  'video/mp4': 'video',
  'video/quicktime': 'video',
};

/** Media posts are made in the background: their answer names the user's page instead of the post. */
const Submitted = z.object({
  json: z.object({
    errors: z.array(z.array(z.unknown()).min(1)),
    data: z
      .object({ url: z.url().optional(), name: z.string().optional(), user_submitted_page: z.url().optional() })
      .optional(),
  }),
});

const invalid = (detail: string): never => {
  throw new Failure('spec.invalid', { detail });
};

const subredditOf = (to: string): string =>
  /^reddit:\/\/(?:r\/)?([A-Za-z0-9_]{2,32})\/?$/.exec(to)?.[1] ??
  invalid('A subreddit is named reddit://NAME, without spaces.');

const kindOf = ({ contentType }: DeliveryFile): 'image' | 'video' =>
  kinds[contentType] ?? invalid(`Reddit takes no ${contentType}: only PNG, JPEG, GIF, MP4 and MOV.`);

const tokenRequest = (url: string, { clientId, clientSecret, refreshToken }: Credentials): WebRequest => {
  const { headers, body } = urlEncoded({ grant_type: 'refresh_token', refresh_token: refreshToken });
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
  return { method: 'POST', url, headers: { ...headers, authorization: `Basic ${basic}` }, body };
};

/** Errors are lists such as `["SUBREDDIT_NOEXIST", "that subreddit doesn't exist", "sr"]`; only the code is repeated. */
const deliveredBy = (remote: Remote, answer: WebAnswer): Delivered => {
  if (answer.status === 403) throw remote.refused('does not let these credentials post there.');
  if (answer.status !== 200) throw remote.failed(`did not take the post (status ${answer.status}).`);
  const { errors, data } = remote.read(Submitted, answer).json;
  const codes = errors.map(([code]) => /^[A-Z_]{1,64}$/.exec(String(code))?.[0] ?? 'unnamed');
  if (codes.includes('SUBREDDIT_NOEXIST')) invalid('Reddit has no such subreddit.');
  const retryAfter = codes.includes('RATELIMIT') ? { hint: 'Reddit lets an account post only so often.' } : {};
  if (codes.length > 0) throw remote.failed(`did not take the post (${codes.join(', ')}).`, retryAfter);
  return { url: data?.url ?? data?.user_submitted_page ?? null, id: data?.name ?? null };
};

/** A video needs a picture to go with it; Reddit shows it until it has made its own. */
const withPoster = async <T>(use: (file: string) => Promise<T>): Promise<T> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'kinoduct-poster-'));
  try {
    await writeFile(path.join(folder, 'poster.png'), posterPng);
    return await use(path.join(folder, 'poster.png'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

export const redditDelivery = ({
  web,
  clock,
  urls = redditUrls,
}: {
  web: Pick<Web, 'request'>;
  clock: Pick<Clock, 'sleep'>;
  urls?: RedditUrls;
}): Delivery => {
  const named: Pick<Web, 'request'> = {
    request: (request, signal) =>
      web.request({ ...request, headers: { ...request.headers, 'user-agent': userAgent } }, signal),
  };
  const remote = remoteOf({ name: 'Reddit', web: named, clock });
  return {
    deliver: async (file, target, { onProgress, signal }) => {
      const sr = subredditOf(target.to);
      const kind = kindOf(file);
      const credentials = credentialsOf(remote, target);
      const send = authorized(remote, () => tokenFrom(remote, tokenRequest(urls.token, credentials), signal));
      const name = file.path.split('/').at(-1) ?? file.path;
      const upload = (media: { file: string; name: string; type: string; bytes: number }): Promise<string> =>
        uploadMedia(remote, send, urls.api, media, signal);

      const url = await upload({ file: file.file, name, type: file.contentType, bytes: file.bytes });
      onProgress?.(file.bytes);
      const poster = async (): Promise<Record<string, string>> => ({
        video_poster_url: await withPoster((png) =>
          upload({ file: png, name: 'poster.png', type: 'image/png', bytes: posterPng.length }),
        ),
      });
      const { headers, body } = urlEncoded({
        api_type: 'json',
        sr,
        kind,
        title: Array.from(target.title).slice(0, maxTitle).join(''),
        url,
        resubmit: 'true',
        sendreplies: 'false',
        ...(kind === 'video' ? await poster() : {}),
      });
      const submit = { method: 'POST', url: `${urls.api}/api/submit`, headers, body } as const;
      return deliveredBy(remote, await send(submit, { signal, repeatable: false }));
    },
  };
};
