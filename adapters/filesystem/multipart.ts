/** Multipart uploads: a hidden folder per upload below the object's own, so that removing a prefix removes them too. */
import { randomUUID } from 'node:crypto';
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { Failure } from '#core/failures.ts';
import type { Part } from '#core/ports/object-store.ts';
import { discard, errorCode, type Layout, orAbsent, place } from './layout.ts';
import { piecesOf, type Staged, stageChunks } from './staging.ts';

const Started = z.strictObject({ contentType: z.string() });
const startedName = 'upload.json';
const UploadId = z.uuid();

/** An id that was never given out names a folder that is never made. */
const folderOfUpload = (folder: string, id: string): string =>
  path.join(folder, `.upload-${UploadId.safeParse(id).success ? id : 'unknown'}`);
const partPrefix = (n: number): string => `part-${n}-`;

export const start = async (layout: Layout, folder: string, contentType: string): Promise<string> => {
  const id = randomUUID();
  const { path: draft } = await stageChunks(layout, [Buffer.from(JSON.stringify({ contentType }))]);
  await place(draft, folderOfUpload(folder, id), startedName);
  return id;
};

const started = async (upload: string): Promise<z.output<typeof Started> | undefined> => {
  const text = await orAbsent(readFile(path.join(upload, startedName), 'utf8'));
  return text === undefined ? undefined : Started.parse(JSON.parse(text));
};

export const isStarted = async (folder: string, id: string): Promise<boolean> =>
  (await started(folderOfUpload(folder, id))) !== undefined;

/** Keeps a staged file as part `n`, in the place of an earlier one. Fails with `not_found` when the upload is gone. */
export const keepPart = async (folder: string, id: string, n: number, staged: Staged): Promise<void> => {
  const upload = folderOfUpload(folder, id);
  const name = `${partPrefix(n)}${staged.sha256}`;
  try {
    await rename(staged.path, path.join(upload, name));
  } catch (error) {
    await rm(staged.path, { force: true });
    throw errorCode(error) === 'ENOENT' ? new Failure('not_found', { detail: 'The upload is gone.' }) : error;
  }
  for (const other of (await orAbsent(readdir(upload))) ?? [])
    if (other.startsWith(partPrefix(n)) && other !== name) await rm(path.join(upload, other), { force: true });
};

/**
 * Joins the parts, in order of their numbers, into a staged file. Resolves to undefined when the upload is gone, fails
 * with `conflict.state` when a part is missing, named twice or has another etag.
 */
export const join = async (
  layout: Layout,
  folder: string,
  id: string,
  parts: readonly Part[],
): Promise<{ readonly staged: Staged; readonly contentType: string } | undefined> => {
  const upload = folderOfUpload(folder, id);
  const what = await started(upload);
  if (!what) return undefined;
  if (parts.length === 0 || new Set(parts.map(({ n }) => n)).size < parts.length)
    throw new Failure('conflict.state', { detail: 'An upload has at least one part, and each number once.' });
  const files = parts.toSorted((a, b) => a.n - b.n).map(({ n, etag }) => path.join(upload, `${partPrefix(n)}${etag}`));
  for (const [index, file] of files.entries())
    if (!/^[\w-]+$/.test(path.basename(file)) || !(await orAbsent(stat(file))))
      throw new Failure('conflict.state', { detail: `Part ${index + 1} of the list is missing or has another etag.` });
  return { staged: await stageChunks(layout, contents(files)), contentType: what.contentType };
};

async function* contents(files: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const file of files) yield* piecesOf(file);
}

export const abort = (layout: Layout, folder: string, id: string): Promise<void> =>
  discard(layout, folderOfUpload(folder, id));
