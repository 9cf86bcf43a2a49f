/**
 * Media for posts, by the way that Reddit's own pages and the PRAW library take
 * (https://github.com/praw-dev/praw, `Subreddit._upload_media`): ask for a lease, then post the file to the form that the
 * lease describes. The form is a permission: nothing of it is shown.
 */
import * as z from 'zod';
import type { WebAnswer, WebRequest } from '#core/ports/web.ts';
import { type Remote, type SendOptions, secondsFor, urlEncoded } from '../remote.ts';

const Lease = z.object({
  args: z.object({
    /** Often without a scheme: `//reddit-uploaded-media.s3-accelerate.amazonaws.com`. */
    action: z.string().regex(/^(?:https?:)?\/\/[^/]/),
    fields: z.array(z.object({ name: z.string().min(1), value: z.string() })).max(50),
  }),
});

export type Media = { readonly file: string; readonly name: string; readonly type: string; readonly bytes: number };

/** Resolves to the address that a post names as its picture or video. */
export const uploadMedia = async (
  remote: Remote,
  send: (request: WebRequest, options: SendOptions) => Promise<WebAnswer>,
  api: string,
  { file, name, type, bytes }: Media,
  signal?: AbortSignal,
): Promise<string> => {
  const { headers, body } = urlEncoded({ filepath: name, mimetype: type });
  const asked = { method: 'POST', url: `${api}/api/media/asset.json`, headers, body } as const;
  const answer = await send(asked, { signal, repeatable: true });
  if (answer.status === 403) throw remote.refused('does not let these credentials upload media.');
  if (answer.status !== 200) throw remote.failed(`gave no upload lease (status ${answer.status}).`);
  const { action, fields } = remote.read(Lease, answer).args;
  const url = new URL(action, api).href.replace(/\/$/, '');
  const key = fields.find((field) => field.name === 'key')?.value;
  if (key === undefined) throw remote.failed('sent a lease that cannot be read.');
  // The file comes last: S3 reads no field after it.
  const form = {
    ...Object.fromEntries(fields.map((field) => [field.name, field.value])),
    file: { file, name, type },
  };
  // The key is the lease's own, so a second upload replaces the first by the same bytes.
  const posted = await remote.send(
    { method: 'POST', url, body: { form }, timeoutSeconds: secondsFor(bytes) },
    { signal, repeatable: true },
  );
  if (posted.status < 200 || posted.status > 299)
    throw remote.failed(`did not take the file (status ${posted.status}).`);
  return `${url}/${key}`;
};
