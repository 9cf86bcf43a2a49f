/** Downloads of known size and checksum, for machines whose connection may be slow, cut, or not there at all. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';

export interface Source {
  readonly url: string;
  readonly sha256: string;
  /** The exact size where it is known; otherwise `largestBytes` is the limit. */
  readonly bytes: number | null;
}

export interface DownloadLimits {
  /** Until the server answers. Short: without a connection the next way of getting FFmpeg should start soon. */
  readonly answerMs: number;
  /** Without a single byte, once it answered. */
  readonly stallMs: number;
  readonly attempts: number;
  /** For a source of unknown size. */
  readonly largestBytes: number;
}

export const downloadLimits: DownloadLimits = {
  answerMs: 5_000,
  stallMs: 15_000,
  attempts: 5,
  largestBytes: 256 * 1024 * 1024,
};

/** `unreachable`: nobody answered. `cut`: it began and stopped. `wrong`: what the server sends is not what was pinned. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
  readonly reason: 'unreachable' | 'cut' | 'wrong';

  constructor(reason: DownloadError['reason'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.reason = reason;
  }
}

const sizeOf = async (file: string): Promise<number> => (await stat(file).catch(() => undefined))?.size ?? 0;

const sha256Of = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array); // true: no encoding is set
  return hash.digest('hex');
};

/** Appends what is missing after `offset` to `handle`, or starts over where the server does not do ranges. */
const receive = async (source: Source, handle: FileHandle, offset: number, limits: DownloadLimits): Promise<void> => {
  const most = source.bytes ?? limits.largestBytes;
  const stop = new AbortController();
  let answered = false;
  const late = setTimeout(() => stop.abort(), limits.answerMs);
  try {
    const headers: Record<string, string> = offset > 0 ? { range: `bytes=${offset}-` } : {};
    const response = await fetch(source.url, { headers, signal: stop.signal });
    answered = true;
    if (!response.ok || !response.body) throw new DownloadError('wrong', `${source.url} answers ${response.status}`);
    let size = response.status === 206 ? offset : 0;
    await handle.truncate(size);
    clearTimeout(late);
    const stall = setTimeout(() => stop.abort(), limits.stallMs);
    try {
      for await (const chunk of response.body) {
        stall.refresh();
        if (size + chunk.byteLength > most)
          throw new DownloadError('wrong', `${source.url} is larger than ${most} bytes`);
        await handle.write(chunk, 0, chunk.byteLength, size);
        size += chunk.byteLength;
      }
    } finally {
      clearTimeout(stall);
    }
    if (source.bytes !== null && size < source.bytes)
      throw new DownloadError('cut', `${source.url} ended after ${size} of ${source.bytes} bytes`);
  } catch (cause) {
    if (cause instanceof DownloadError) throw cause;
    throw answered
      ? new DownloadError('cut', `${source.url} stopped sending`, { cause })
      : new DownloadError('unreachable', `${source.url} does not answer`, { cause });
  } finally {
    clearTimeout(late);
    stop.abort();
  }
};

/**
 * Puts the source at `file`, whole and with the right checksum, or not at all. What an earlier, interrupted call
 * received (`<file>.part`) is kept and continued; a connection that was cut is tried again as long as each try brings
 * bytes. Fails with a `DownloadError`, and within `answerMs` where no server answers.
 */
export const download = async (
  source: Source,
  file: string,
  limits: DownloadLimits = downloadLimits,
): Promise<void> => {
  const part = `${file}.part`;
  for (let attempt = 1; ; attempt += 1) {
    const offset = await sizeOf(part);
    if (source.bytes !== null && offset === source.bytes) break;
    const handle = await open(part, offset > 0 ? 'r+' : 'w');
    try {
      await receive(source, handle, offset, limits);
      break;
    } catch (error) {
      if (!(error instanceof DownloadError)) throw error;
      if (error.reason === 'wrong') await rm(part, { force: true });
      const brought = (await sizeOf(part)) > offset;
      if (error.reason !== 'cut' || !brought || attempt === limits.attempts) throw error;
    } finally {
      await handle.close();
    }
  }
  const actual = await sha256Of(part);
  if (actual !== source.sha256) {
    await rm(part, { force: true });
    throw new DownloadError('wrong', `${source.url} has sha256 ${actual}, not the pinned ${source.sha256}`);
  }
  await rename(part, file);
};
