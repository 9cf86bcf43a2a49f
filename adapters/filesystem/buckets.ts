/**
 * Folders of this machine in the place of S3 buckets. People put files into them and take files out with other
 * programs: names are theirs, contents may change at any time, and what lies there is not trusted (plain-file.ts).
 */
import { randomUUID } from 'node:crypto';
import { type FileHandle, lstat, mkdir, realpath, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '#core/failures.ts';
import type { BucketObjectInfo, Buckets } from '#core/ports/buckets.ts';
import { errorCode, orAbsent } from './layout.ts';
import { withPlainFile } from './plain-file.ts';
import { piecesFrom, piecesOf, sync, writeHashed } from './staging.ts';

/** Spaces and any script are fine. No name may be empty or begin with a dot, so none of them leads up or is a part of ours. */
const isKey = (key: string): boolean =>
  Buffer.byteLength(key) <= 1024 && key.split('/').every((name) => /^[^.\0][^\0]*$/.test(name));

/** Changes with the bytes as far as the file system tells: it knows nothing of their content. */
const infoOf = async (handle: FileHandle): Promise<BucketObjectInfo> => {
  const { ino, size, mtimeNs, mtime } = await handle.stat({ bigint: true });
  const etag = [ino, size, mtimeNs].map((part) => part.toString(16)).join('-');
  return { bytes: Number(size), etag, contentType: null, lastModified: mtime.toISOString() };
};

const missing = (): never => {
  throw new Failure('input.not_found');
};

const changedMeanwhile = (): Failure =>
  new Failure('input.changed', { detail: 'The file was written to while it was read.' });

/** Makes the folder of a file, and makes sure that no link on the way leads out of the root. */
const folderFor = async (root: string, file: string): Promise<string> => {
  const folder = path.dirname(file);
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    if (!['EEXIST', 'ENOTDIR', 'ENAMETOOLONG'].includes(errorCode(error) ?? '')) throw error;
    throw new Failure('spec.invalid', { detail: 'A part of the path is a file, or too long.' });
  }
  const [realRoot, real] = [await realpath(root), await realpath(folder)];
  if (real !== realRoot && !real.startsWith(`${realRoot}${path.sep}`))
    throw new Failure('input.forbidden_host', { detail: 'A link leads out of the folder.' });
  return real;
};

/** Written aside under a name that is no key, then put in place at once. */
const put = async (
  root: string,
  file: string,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<void> => {
  const folder = await folderFor(root, file);
  const aside = path.join(folder, `.kinoduct-${randomUUID()}.part`);
  const target = path.join(folder, path.basename(file));
  if ((await orAbsent(lstat(target)))?.isDirectory())
    throw new Failure('spec.invalid', { detail: 'There is a folder of that name already.' });
  await writeHashed(pieces, aside, { mode: 0o644, signal });
  try {
    await rename(aside, target);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
  await sync(folder);
};

/** Versions are not kept: a file is what it is now. */
export const folderBuckets = ({
  folders,
}: {
  /** Absolute paths by the names that jobs know them by. */
  folders: Readonly<Record<string, string>>;
}): Buckets => {
  const at = ({ bucket, key }: { readonly bucket: string; readonly key: string }) => {
    const root = Object.hasOwn(folders, bucket) ? folders[bucket] : undefined;
    if (root === undefined)
      throw new Failure('input.forbidden_host', {
        detail: `The bucket ${bucket} is not one that this deployment may use.`,
      });
    if (!isKey(key)) throw new Failure('spec.invalid', { detail: 'That is not a key of an object.' });
    return { root, file: path.join(root, ...key.split('/')) };
  };
  const reading = async <T>(
    object: { readonly bucket: string; readonly key: string },
    use: (handle: FileHandle) => Promise<T>,
  ): Promise<T | undefined> => {
    const { root, file } = at(object);
    return withPlainFile(root, file, use);
  };

  return {
    head: (object) => reading(object, infoOf),
    read: (object, maxBytes) =>
      reading(object, async (handle) => {
        const { size } = await handle.stat();
        if (size > maxBytes)
          throw new Failure('input.too_large', { detail: `The object has more than ${maxBytes} bytes.` });
        const buffer = Buffer.alloc(size + 1);
        let bytes = 0;
        for (let read = 1; read > 0 && bytes < buffer.length; bytes += read)
          read = (await handle.read(buffer, bytes, buffer.length - bytes, null)).bytesRead;
        if (bytes !== size) throw changedMeanwhile();
        return buffer.subarray(0, bytes);
      }),
    download: async (object, file, signal) => {
      signal?.throwIfAborted();
      const copied = await reading(object, async (handle) => {
        const { etag } = await infoOf(handle);
        if (object.etag !== undefined && object.etag !== etag) throw new Failure('input.changed');
        const { bytes, sha256 } = await writeHashed(piecesFrom(handle), file, { mode: 0o600, signal });
        if ((await infoOf(handle)).etag === etag) return { bytes, sha256 };
        await rm(file, { force: true });
        throw changedMeanwhile();
      });
      return copied ?? missing();
    },
    upload: async (file, object, { signal }) => {
      signal?.throwIfAborted();
      const { root, file: target } = at(object);
      await put(root, target, piecesOf(file), signal);
    },
    write: async (object, body) => {
      const { root, file } = at(object);
      await put(root, file, [Buffer.from(body)]);
    },
  };
};
