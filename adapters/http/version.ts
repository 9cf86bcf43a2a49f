/** Which version of a resource an answer speaks of, and whether two answers speak of the same (RFC 9110). */
import { parse } from 'content-disposition';
import { type Answer, headerOf } from './exchange.ts';

export interface Version {
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** What `If-Range` may hold: bytes of two answers are joined only where it is strong (RFC 9110, 13.1.5 and 8.8.2.2). */
  readonly validator: string | null;
  readonly contentType: string | null;
  readonly disposition: string | null;
}

/** A date is strong where the server's clock was past it by a second at least: no second version can carry it. */
const strongDate = (lastModified: string | null, date: string | null): string | null =>
  lastModified !== null && date !== null && Date.parse(date) - Date.parse(lastModified) >= 1000 ? lastModified : null;

export const versionOf = (answer: Answer): Version => {
  const etag = headerOf(answer, 'etag');
  const lastModified = headerOf(answer, 'last-modified');
  return {
    etag,
    lastModified,
    validator: etag?.startsWith('"') ? etag : strongDate(lastModified, headerOf(answer, 'date')),
    contentType: headerOf(answer, 'content-type'),
    disposition: headerOf(answer, 'content-disposition'),
  };
};

const differ = (a: string | null, b: string | null): boolean => a !== null && b !== null && a !== b;

export const isOther = (before: Version, now: Version): boolean =>
  differ(before.etag, now.etag) || differ(before.lastModified, now.lastModified);

/** `bytes 5-9/10`; undefined where it is anything else. */
export const contentRange = (header: string | null): { start: number; total: number | null } | undefined => {
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(header ?? '') ?? [];
  return start === undefined ? undefined : { start: Number(start), total: total === '*' ? null : Number(total) };
};

const decoded = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
};

/** A name to show, without folders or control characters, at most 255 characters; null where there is none. */
export const filenameOf = ({ disposition }: Version, url: URL): string | null => {
  const announced = disposition === null ? undefined : parse(disposition).parameters['filename'];
  const name = announced ?? decoded(url.pathname.split('/').at(-1) ?? '');
  const plain = name
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, '')
    .split(/[\\/]/)
    .at(-1);
  return plain?.slice(0, 255) || null;
};
