import type { MediaStore } from '../ports/media-store.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { type Owned, ownedMedia } from './owned.ts';

/**
 * Removes an item of the library and its bytes. Jobs that have ended keep what they made of it. Fails with `not_found`,
 * also when it is repeated.
 */
export const deleteMedia = async (deps: { library: MediaStore; objects: ObjectStore }, owned: Owned): Promise<void> => {
  const { id, object } = await ownedMedia(deps, owned);
  // The record goes last: until then a repeated request finds what is left to remove.
  await deps.objects.remove(object.key);
  await deps.library.remove(id);
};
