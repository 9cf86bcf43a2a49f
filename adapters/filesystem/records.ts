/** `.object.json`: what an object is, and which file beside it holds its bytes. */
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { Failure } from '#core/failures.ts';
import { errorCode, type Layout, orAbsent, place, prune } from './layout.ts';
import { type Staged, stageChunks, sync } from './staging.ts';

const StoredObject = z.strictObject({
  data: z.string().regex(/^\.[0-9a-f-]{36}\.data$/),
  bytes: z.int().min(0),
  /** Of the bytes, taken while they were written. It is the etag as well: it names them. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  contentType: z.string(),
});
export type StoredObject = z.output<typeof StoredObject>;

export const recordName = '.object.json';

export const readRecord = async (folder: string): Promise<StoredObject | undefined> => {
  const text = await orAbsent(readFile(path.join(folder, recordName), 'utf8'));
  return text === undefined ? undefined : StoredObject.parse(JSON.parse(text));
};

/**
 * Makes a staged file the object of `folder`, at once and whole. With `exclusive` it fails with `conflict.state` where
 * there is one already; else it takes the place of the old one.
 */
export const publish = async (
  layout: Layout,
  folder: string,
  staged: Staged,
  { contentType, exclusive = false }: { readonly contentType: string; readonly exclusive?: boolean },
): Promise<StoredObject> => {
  const data = `.${randomUUID()}.data`;
  const record = { data, bytes: staged.bytes, sha256: staged.sha256, contentType };
  const target = path.join(folder, recordName);
  let previous: StoredObject | undefined;
  try {
    await place(staged.path, folder, data);
    const { path: draft } = await stageChunks(layout, [Buffer.from(JSON.stringify(record))]);
    previous = exclusive ? undefined : await readRecord(folder);
    await (exclusive ? appear(draft, target) : rename(draft, target));
  } catch (error) {
    await rm(staged.path, { force: true });
    await rm(path.join(folder, data), { force: true });
    throw error;
  }
  await sync(folder);
  if (previous) await rm(path.join(folder, previous.data), { force: true });
  return record;
};

/** A link, unlike a rename, fails where the name is taken: of any number of writers at once, one wins. */
const appear = async (draft: string, target: string): Promise<void> => {
  try {
    await link(draft, target);
  } catch (error) {
    throw errorCode(error) === 'EEXIST'
      ? new Failure('conflict.state', { detail: 'There is an object under that key already.' })
      : error;
  } finally {
    await rm(draft, { force: true });
  }
};

/** Takes the record away first: from then on the object is gone, whatever happens to its bytes. */
export const retract = async (layout: Layout, folder: string): Promise<void> => {
  const aside = layout.stagingPath();
  await orAbsent(rename(path.join(folder, recordName), aside));
  const text = await orAbsent(readFile(aside, 'utf8'));
  if (text === undefined) return;
  await rm(path.join(folder, StoredObject.parse(JSON.parse(text)).data), { force: true });
  await rm(aside, { force: true });
  await prune(layout, folder);
};

/**
 * Hands the record and the path of the bytes to `use`. Where the object was replaced in between its bytes are gone
 * (ENOENT): then it looks again.
 */
export const withData = async <T>(
  folder: string,
  use: (object: StoredObject, file: string) => Promise<T>,
): Promise<T | undefined> => {
  for (let triesLeft = 5; ; triesLeft -= 1) {
    const object = await readRecord(folder);
    if (!object) return undefined;
    try {
      return await use(object, path.join(folder, object.data));
    } catch (error) {
      if (errorCode(error) !== 'ENOENT' || triesLeft === 0) throw error;
    }
  }
};
