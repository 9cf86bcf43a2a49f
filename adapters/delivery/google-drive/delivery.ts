/**
 * Files delivered to a folder of Google Drive. The secret holds an OAuth client and a refresh token of the account that
 * shall own the files: service accounts have no storage of their own, so they can write to shared drives only. The scope
 * `drive.file` reaches folders that the same client made or that were picked with it; `drive` reaches all.
 */
import { createHash } from 'node:crypto';
import { Failure } from '#core/failures.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Delivered, Delivery, DeliveryFile } from '#core/ports/delivery.ts';
import type { Web } from '#core/ports/web.ts';
import { credentialsOf } from '../oauth.ts';
import { remoteOf } from '../remote.ts';
import { type DriveApi, type DriveFile, type DriveUrls, driveApi, driveUrls, isBusy, quoted } from './api.ts';
import { folderAt } from './folders.ts';
import { pieceUnit, upload } from './upload.ts';

const folderOf = (to: string): string => {
  const id = /^gdrive:\/\/([A-Za-z0-9_-]{2,128})\/?$/.exec(to)?.[1];
  if (id === undefined) throw new Failure('spec.invalid', { detail: 'A Drive folder is named gdrive://FOLDER_ID.' });
  return id;
};

/** Only the OAuth client that set it can see it. Key and value have 124 bytes together, so the key is hashed. */
const property = 'kinoduct';
const marked = (key: string): string => createHash('sha256').update(key).digest('base64url');

const deliveredBy = (api: DriveApi, folder: string, mark: string): Promise<readonly DriveFile[]> =>
  api.list([`${quoted(folder)} in parents`, `appProperties has { key=${quoted(property)} and value=${quoted(mark)} }`]);

const isWhole = (made: DriveFile, { bytes, sha256 }: DeliveryFile): boolean =>
  (made.size ?? bytes) === bytes && (made.sha256Checksum ?? sha256) === sha256;

const answerOf = ({ id, webViewLink }: DriveFile): Delivered => ({ id, url: webViewLink ?? null });

/**
 * A file that was delivered before under the same idempotency key is found by it and not uploaded again. Where two
 * attempts upload it at the same time, the oldest of their files stays.
 */
export const googleDriveDelivery = ({
  web,
  clock,
  urls = driveUrls,
  pieceBytes = 32 * pieceUnit,
}: {
  web: Pick<Web, 'request'>;
  clock: Pick<Clock, 'sleep'>;
  urls?: DriveUrls;
  pieceBytes?: number;
}): Delivery => {
  if (pieceBytes % pieceUnit !== 0) throw new RangeError('Drive takes pieces of a multiple of 256 KiB.');
  const remote = remoteOf({ name: 'Google Drive', web, clock, isBusy });
  return {
    deliver: async (file, target, { onProgress, signal }) => {
      const root = folderOf(target.to);
      const api = driveApi({ remote, urls, credentials: credentialsOf(remote, target), signal });
      const name = file.path.split('/').at(-1) ?? file.path;
      const folder = await folderAt(api, root, file.path.split('/').slice(0, -1));
      const mark = marked(target.idempotencyKey);
      const [before] = await deliveredBy(api, folder, mark);
      if (before) {
        onProgress?.(file.bytes);
        return answerOf(before);
      }
      const metadata = {
        name,
        parents: [folder],
        mimeType: file.contentType,
        appProperties: { [property]: mark },
      };
      const made = await upload(api, { file, metadata, pieceBytes, onProgress });
      if (!isWhole(made, file)) {
        await api.discard(made.id);
        throw remote.failed('holds other bytes than it was sent.');
      }
      const first = (await deliveredBy(api, folder, mark))[0] ?? made;
      if (first.id !== made.id) await api.discard(made.id);
      onProgress?.(file.bytes);
      return answerOf(first);
    },
  };
};
