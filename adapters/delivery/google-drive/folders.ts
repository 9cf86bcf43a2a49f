/** Folders by name. Drive knows them by id only and lets any number share a name, so this takes some care. */
import { type DriveApi, type DriveFile, quoted } from './api.ts';

const folderType = 'application/vnd.google-apps.folder';

const named = (api: DriveApi, parent: string, name: string): Promise<readonly DriveFile[]> =>
  api.list([`${quoted(parent)} in parents`, `name = ${quoted(name)}`, `mimeType = '${folderType}'`]);

/**
 * The folder of that name, made where it is missing. Of several the oldest counts. Whoever makes one looks again: where
 * deliveries made one each at the same time, all of them see the same oldest one and take the others, still empty, away.
 */
const folderIn = async (api: DriveApi, parent: string, name: string): Promise<string> => {
  const [found] = await named(api, parent, name);
  if (found) return found.id;
  const made = await api.create({ name, mimeType: folderType, parents: [parent] });
  const oldest = (await named(api, parent, name))[0] ?? made;
  if (oldest.id !== made.id) await discardIfEmpty(api, made.id);
  return oldest.id;
};

/** Somebody may have put a file into it meanwhile. */
const discardIfEmpty = async (api: DriveApi, folder: string): Promise<void> => {
  const inside = await api.list([`${quoted(folder)} in parents`]);
  if (inside.length === 0) await api.discard(folder);
};

/** The id of the folder at the end of `names`, below `root`. */
export const folderAt = async (api: DriveApi, root: string, names: readonly string[]): Promise<string> => {
  let folder = root;
  for (const name of names) folder = await folderIn(api, folder, name);
  return folder;
};
