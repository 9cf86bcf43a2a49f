/**
 * Addresses that carry a permission: what may be done with which object, until when, under HMAC-SHA256. Everything in
 * the address is signed, so nothing of it can be changed or added. They stand in for S3's presigned URLs on one machine.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { type Clock, instant } from '#core/ports/clock.ts';

const Count = z.coerce.number().int().min(0);

const Query = z.strictObject({
  /** Seconds since the epoch. */
  expires: Count,
  contentType: z.string().optional(),
  /** Exactly this many. */
  bytes: Count.optional(),
  /** The whole `Content-Disposition` of the answer. */
  disposition: z.string().optional(),
  upload: z.uuid().optional(),
  part: Count.optional(),
});

export type Grant = {
  readonly method: 'GET' | 'PUT';
  readonly key: string;
} & Omit<z.output<typeof Query>, 'expires'>;

export interface SignedUrls {
  sign(grant: Grant, expiresInSeconds: number): { readonly url: string; readonly expiresAt: string };
  /** What the address permits; undefined where it was not signed here, was changed, or has expired. */
  verify(method: Grant['method'], url: URL): Grant | undefined;
}

const root = '/objects/';

export const signedUrls = ({
  secret,
  origin,
  clock = Date,
}: {
  /** At least 32 bytes of randomness, kept over restarts. */
  secret: Uint8Array;
  /** Such as `http://127.0.0.1:8787`; asked for each address, because the port may be known later than this. */
  origin: () => string;
  clock?: Pick<Clock, 'now'>;
}): SignedUrls => {
  if (secret.length < 32) throw new RangeError('The secret for signed addresses needs at least 32 bytes.');

  const signature = (method: string, key: string, query: URLSearchParams): Buffer =>
    createHmac('sha256', secret)
      .update(JSON.stringify([method, key, [...query].sort(([a], [b]) => (a < b ? -1 : 1))]))
      .digest();

  return {
    sign: ({ method, key, ...rest }, expiresInSeconds) => {
      const expires = Math.floor(clock.now() / 1000) + expiresInSeconds;
      const query = new URLSearchParams({ expires: String(expires) });
      for (const [name, value] of Object.entries(rest)) if (value !== undefined) query.set(name, String(value));
      query.append('signature', signature(method, key, query).toString('base64url'));
      const path = key.split('/').map(encodeURIComponent).join('/');
      return { url: `${origin()}${root}${path}?${query.toString()}`, expiresAt: instant(expires * 1000) };
    },

    verify: (method, url) => {
      if (!url.pathname.startsWith(root)) return undefined;
      const key = decoded(url.pathname.slice(root.length));
      const query = new URLSearchParams(url.searchParams);
      const given = Buffer.from(query.get('signature') ?? '', 'base64url');
      query.delete('signature');
      if (key === undefined) return undefined;
      const wanted = signature(method, key, query);
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
      const { expires, ...grant } = Query.parse(Object.fromEntries(query));
      return clock.now() < expires * 1000 ? { method, key, ...grant } : undefined;
    },
  };
};

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};
