/**
 * Google Drive's files API, version 3, as far as deliveries need it. `supportsAllDrives` and
 * `includeItemsFromAllDrives` make folders of shared drives work
 * (https://developers.google.com/drive/api/guides/enable-shareddrives).
 */
import * as z from 'zod';
import { Failure } from '#core/failures.ts';
import type { WebAnswer, WebRequest } from '#core/ports/web.ts';
import { authorized, type Credentials, tokenFrom } from '../oauth.ts';
import { type Remote, urlEncoded } from '../remote.ts';

export type DriveUrls = { readonly token: string; readonly api: string; readonly upload: string };

export const driveUrls: DriveUrls = {
  token: 'https://oauth2.googleapis.com/token',
  api: 'https://www.googleapis.com/drive/v3',
  upload: 'https://www.googleapis.com/upload/drive/v3',
};

export const DriveFile = z.object({
  id: z.string().min(1),
  createdTime: z.iso.datetime(),
  /** Folders and some kinds of files have none. */
  webViewLink: z.url().optional(),
  size: z.coerce.number().optional(),
  sha256Checksum: z.string().optional(),
});
export type DriveFile = z.output<typeof DriveFile>;

const fields = 'id,createdTime,webViewLink,size,sha256Checksum';
const List = z.object({ files: z.array(DriveFile) });
const Refusal = z.object({ error: z.object({ errors: z.array(z.object({ reason: z.string() })).min(1) }) });

/** The reason of https://developers.google.com/drive/api/guides/handle-errors, where there is one. */
const reasonOf = ({ body }: WebAnswer): string | undefined => {
  try {
    const reason = Refusal.parse(JSON.parse(Buffer.from(body).toString())).error.errors[0]?.reason ?? '';
    return /^[A-Za-z]{1,64}$/.exec(reason)?.[0];
  } catch {
    return undefined;
  }
};

const busyReasons = new Set(['rateLimitExceeded', 'userRateLimitExceeded', 'sharingRateLimitExceeded']);
const fullReasons = new Set([
  'storageQuotaExceeded',
  'teamDriveFileLimitExceeded',
  'numChildrenInNonRootLimitExceeded',
]);

/** Google says "too many requests" with status 403, too. */
export const isBusy = (answer: WebAnswer): boolean => answer.status === 403 && busyReasons.has(reasonOf(answer) ?? '');

/** A value inside single quotes of a query: https://developers.google.com/drive/api/guides/search-files. */
export const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

export const driveApi = ({
  remote,
  urls,
  credentials,
  signal,
}: {
  remote: Remote;
  urls: DriveUrls;
  credentials: Credentials;
  signal?: AbortSignal | undefined;
}) => {
  const { clientId: client_id, clientSecret: client_secret, refreshToken: refresh_token } = credentials;
  const form = urlEncoded({ client_id, client_secret, refresh_token, grant_type: 'refresh_token' });
  const send = authorized(remote, () => tokenFrom(remote, { method: 'POST', url: urls.token, ...form }, signal));

  const failureOf = (answer: WebAnswer): Failure => {
    const reason = reasonOf(answer);
    const said = `(status ${answer.status}${reason ? `, ${reason}` : ''})`;
    if (answer.status === 404)
      return new Failure('spec.invalid', { detail: `Google Drive shows no such folder to these credentials ${said}.` });
    if (fullReasons.has(reason ?? ''))
      return remote.failed(`has no room for the file ${said}.`, { hint: 'Free space there, or use a shared drive.' });
    if (answer.status === 401 || answer.status === 403) return remote.refused(`refuses the credentials ${said}.`);
    return remote.failed(`did not do as asked ${said}.`);
  };

  /** Fails unless the answer is a 2xx. Safe to repeat only where `repeatable`. */
  const ask = async (request: WebRequest, repeatable = true): Promise<WebAnswer> => {
    const answer = await send(request, { signal, repeatable });
    if (answer.status < 200 || answer.status > 299) throw failureOf(answer);
    return answer;
  };

  const address = (base: string, query: Readonly<Record<string, string>>): string =>
    `${base}?${new URLSearchParams({ supportsAllDrives: 'true', ...query }).toString()}`;
  const json = (value: unknown) => ({
    headers: { 'content-type': 'application/json; charset=UTF-8' },
    body: JSON.stringify(value),
  });

  return {
    remote,
    signal,
    failureOf,
    /** The oldest first, and among equals by id, so that everybody who looks finds them in the same order. */
    list: async (conditions: readonly string[]): Promise<readonly DriveFile[]> => {
      const query = {
        q: [...conditions, 'trashed = false'].join(' and '),
        orderBy: 'createdTime',
        pageSize: '100',
        fields: `files(${fields})`,
        includeItemsFromAllDrives: 'true',
      };
      const answer = await ask({ method: 'GET', url: address(`${urls.api}/files`, query) });
      const order = ({ createdTime, id }: DriveFile): string => `${new Date(createdTime).toISOString()} ${id}`;
      return remote.read(List, answer).files.toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
    },
    /** Repeated where Drive stumbled: whoever creates looks afterwards how many there are. */
    create: async (metadata: Readonly<Record<string, unknown>>): Promise<DriveFile> => {
      const request = { method: 'POST', url: address(`${urls.api}/files`, { fields }), ...json(metadata) } as const;
      return remote.read(DriveFile, await ask(request));
    },
    /**
     * Takes one too many out of sight; for 30 days it is not gone. What cannot be taken away stays: some members of
     * shared drives may add files but not trash them.
     */
    discard: async (id: string): Promise<void> => {
      const url = address(`${urls.api}/files/${encodeURIComponent(id)}`, { fields: 'id' });
      try {
        await ask({ method: 'PATCH', url, ...json({ trashed: true }) });
      } catch {
        signal?.throwIfAborted();
      }
    },
    /** The address of a new upload session. It is a permission by itself: never shown. */
    openSession: async (metadata: Readonly<Record<string, unknown>>, type: string, bytes: number): Promise<string> => {
      const { headers, body } = json(metadata);
      const answer = await ask({
        method: 'POST',
        url: address(`${urls.upload}/files`, { uploadType: 'resumable', fields }),
        headers: { ...headers, 'x-upload-content-type': type, 'x-upload-content-length': String(bytes) },
        body,
      });
      const session = answer.headers['location'];
      if (session === undefined || !URL.canParse(session)) throw remote.failed('opened no upload session.');
      return session;
    },
  };
};

export type DriveApi = ReturnType<typeof driveApi>;
