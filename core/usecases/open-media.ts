import type { MediaStore } from '../ports/media-store.ts';
import type { ObjectStore, SignedRequest } from '../ports/object-store.ts';
import type { Limits } from './limits.ts';
import { type Owned, ownedMedia } from './owned.ts';

const unknownType = 'application/octet-stream';

/**
 * What a browser may be told that it opens. The type is what a foreign server claimed: a page or an SVG, shown from our
 * address, would run as ours.
 */
const shownType = (type: string): string =>
  /^(?:video|audio|image)\/[\w.+-]+$/i.test(type) && !/svg/i.test(type) ? type : unknownType;

/** A signed address of the item's bytes. Fails with `not_found`. */
export const openMedia = async (
  deps: { library: MediaStore; objects: ObjectStore; limits: Pick<Limits, 'downloadUrlSeconds'> },
  { disposition, ...owned }: Owned & { readonly disposition: 'inline' | 'attachment' },
): Promise<SignedRequest> => {
  const { object, contentType, filename } = await ownedMedia(deps, owned);
  return deps.objects.presignGet(object.key, {
    contentType: shownType(contentType),
    filename,
    disposition,
    expiresInSeconds: deps.limits.downloadUrlSeconds,
  });
};
