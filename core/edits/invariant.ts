/** Which edits do the same to every picture, so that clips may be edited before they are joined. */
import type { Source } from '../ffmpeg/recipe.ts';
import type { Edit } from '../job/edits.ts';
import type { Ref } from '../job/refs.ts';

const hasWindow = ({ start, end }: { start?: number | undefined; end?: number | undefined }): boolean =>
  start !== undefined || end !== undefined;

/** False also of what has to look at the whole first. */
export const canJoin = (edit: Edit, sourceOf: (ref: Ref) => Source): boolean => {
  if ('overlay' in edit)
    return !hasWindow(edit.overlay) && sourceOf(edit.overlay.image).probe.container.endsWith('_pipe');
  if ('text' in edit) return !hasWindow(edit.text);
  if ('crop' in edit) return edit.crop !== 'auto';
  return 'rotate' in edit || 'deinterlace' in edit;
};
