import { type MediaView, mediaView } from '../job/media-record.ts';
import type { Page } from '../ports/job-store.ts';
import type { MediaQuery, MediaStore } from '../ports/media-store.ts';

/** The owner's library, newest first. Fails with `spec.invalid` where the cursor is not one of ours. */
export const listMedia = async ({ library }: { library: MediaStore }, query: MediaQuery): Promise<Page<MediaView>> => {
  const { items, next } = await library.list(query);
  return { items: items.map(mediaView), next };
};
