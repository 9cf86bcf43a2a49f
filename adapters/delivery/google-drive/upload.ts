/**
 * Resumable uploads (https://developers.google.com/drive/api/guides/manage-uploads#resumable): a session, then pieces
 * of a multiple of 256 KiB. Where a piece breaks off the session is asked how much it has, and goes on from there.
 */
import type { DeliveryFile } from '#core/ports/delivery.ts';
import type { WebAnswer, WebRequest } from '#core/ports/web.ts';
import { secondsFor } from '../remote.ts';
import { type DriveApi, DriveFile } from './api.ts';

export const pieceUnit = 256 * 1024;

type Upload = {
  readonly file: DeliveryFile;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** A multiple of `pieceUnit`. */
  readonly pieceBytes: number;
  readonly onProgress?: ((bytes: number) => void) | undefined;
};

/** A session lives for a week at most, and Drive may lose it: then the upload begins again. */
const sessions = 3;

export const upload = async (api: DriveApi, job: Upload): Promise<DriveFile> => {
  for (let session = 1; session <= sessions; session += 1) {
    const url = await api.openSession(job.metadata, job.file.contentType, job.file.bytes);
    const done = await through(api, url, job);
    if (done) return api.remote.read(DriveFile, done);
  }
  throw api.remote.failed('loses its upload sessions.');
};

/** `bytes *` + `/N` asks how much has arrived; it also ends the upload of an empty file. */
const put = (url: string, { file, bytes }: DeliveryFile, start: number, end: number): WebRequest => ({
  method: 'PUT',
  url,
  headers: { 'content-range': start < end ? `bytes ${start}-${end - 1}/${bytes}` : `bytes */${bytes}` },
  body: start < end ? { file, start, end } : '',
  timeoutSeconds: secondsFor(end - start),
});

/** How many bytes a 308 says have arrived, from the start without a gap; undefined where it says something else. */
const arrived = ({ headers }: WebAnswer): number | undefined => {
  const range = headers['range'];
  if (range === undefined) return 0;
  const last = /^(?:bytes=)?0-(\d{1,15})$/.exec(range)?.[1];
  return last === undefined ? undefined : Number(last) + 1;
};

/** The answer that describes the finished file; undefined where the session is gone. */
const through = async (
  { remote, signal, failureOf }: DriveApi,
  url: string,
  { file, pieceBytes, onProgress }: Upload,
): Promise<WebAnswer | undefined> => {
  let sent = 0;
  let stumbles = 0;
  for (;;) {
    const end = Math.min(sent + pieceBytes, file.bytes);
    let answer = await remote.once(put(url, file, sent, end), signal);
    const wasTaken = answer !== undefined && !remote.isPassing(answer);
    while (!answer || remote.isPassing(answer)) {
      stumbles += 1;
      await remote.pause(answer, stumbles, signal);
      answer = await remote.once(put(url, file, 0, 0), signal);
    }
    if (answer.status === 200 || answer.status === 201) return answer;
    if (answer.status === 404 || answer.status === 410) return undefined;
    if (answer.status !== 308) throw failureOf(answer);
    const received = arrived(answer);
    if (received === undefined || received > end) throw remote.failed('claims bytes that it was not sent.');
    if (received > sent) {
      stumbles = 0;
      onProgress?.(received);
    } else if (wasTaken) {
      stumbles += 1;
      await remote.pause(answer, stumbles, signal);
    }
    sent = received;
  }
};
