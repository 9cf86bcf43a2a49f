/**
 * Posts to Imgur, by version 3 of its API (https://apidocs.imgur.com, "Image Upload"): one multipart form with the
 * file as `image` or `video`. Sizes: 20 MB for pictures, 200 MB for animations and videos.
 */
import * as z from 'zod';
import { Failure } from '#core/failures.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Delivery, DeliveryFile } from '#core/ports/delivery.ts';
import type { Web, WebRequest } from '#core/ports/web.ts';
import { remoteOf, secondsFor } from './remote.ts';

const mega = 1_000_000;
const pictures = ['image/jpeg', 'image/png', 'image/apng', 'image/tiff', 'image/bmp', 'image/webp'];
const videos = [
  'video/mp4',
  'video/webm',
  'video/quicktime',
  'video/mpeg',
  'video/x-matroska',
  'video/x-flv',
  'video/x-msvideo',
];
const kinds: Readonly<Record<string, { readonly field: 'image' | 'video'; readonly maxBytes: number }>> = {
  ...Object.fromEntries(pictures.map((type) => [type, { field: 'image', maxBytes: 20 * mega }])),
  'image/gif': { field: 'image', maxBytes: 200 * mega },
  ...Object.fromEntries(videos.map((type) => [type, { field: 'video', maxBytes: 200 * mega }])),
};

/** `deletehash`, by which anyone may delete the post, is left where it is. */
const Posted = z.object({ success: z.literal(true), data: z.object({ id: z.string().min(1), link: z.url() }) });

const invalid = (detail: string): never => {
  throw new Failure('spec.invalid', { detail });
};

const albumOf = (to: string): string | undefined => {
  const match = /^imgur:\/\/(?:album\/([A-Za-z0-9]{1,64}))?\/?$/.exec(to);
  return match ? match[1] : invalid('Imgur is named imgur:// or imgur://album/ID.');
};

const fieldOf = ({ contentType, bytes }: DeliveryFile): 'image' | 'video' => {
  const kind = kinds[contentType] ?? invalid(`Imgur takes no ${contentType}.`);
  if (bytes > kind.maxBytes)
    invalid(`Imgur takes at most ${kind.maxBytes / mega} MB of ${contentType}; the file has ${bytes} bytes.`);
  return kind.field;
};

const authorizationOf = (secret: string | undefined): string =>
  secret !== undefined && /^(?:Client-ID|Bearer) [\x21-\x7e]+$/.test(secret)
    ? secret
    : invalid('A delivery to Imgur needs a secret: "Client-ID …" or "Bearer …", as in its Authorization header.');

/**
 * `imgur://` posts a file alone, `imgur://album/ID` adds it to an album (for anonymous albums the ID is the deletehash).
 * Imgur knows no idempotency keys: where it leaves open whether it took the file, the delivery fails and is not tried again here.
 */
export const imgurDelivery = ({
  web,
  clock,
  api = 'https://api.imgur.com/3',
}: {
  web: Pick<Web, 'request'>;
  clock: Pick<Clock, 'sleep'>;
  api?: string;
}): Delivery => {
  const remote = remoteOf({ name: 'Imgur', web, clock });
  return {
    deliver: async (file, { to, secret, title }, { onProgress, signal }) => {
      const album = albumOf(to);
      const name = file.path.split('/').at(-1) ?? file.path;
      const form = {
        type: 'file',
        name,
        title,
        ...(album === undefined ? {} : { album }),
        [fieldOf(file)]: { file: file.file, name, type: file.contentType },
      };
      const request: WebRequest = {
        method: 'POST',
        url: `${api}/image`,
        headers: { authorization: authorizationOf(secret), accept: 'application/json' },
        body: { form },
        timeoutSeconds: secondsFor(file.bytes),
      };
      const answer = await remote.send(request, { signal, repeatable: false });
      if (answer.status === 401 || answer.status === 403) throw remote.refused('refuses the credentials.');
      if (answer.status !== 200) throw remote.failed(`did not take the file (status ${answer.status}).`);
      const { data } = remote.read(Posted, answer);
      onProgress?.(file.bytes);
      return { url: data.link, id: data.id };
    },
  };
};
