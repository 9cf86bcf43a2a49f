/** Where a file of an output is put at a delivery's target. */
import type { Variant } from './expand.ts';
import { fillPath } from './paths.ts';
import type { JobRecord } from './state.ts';
import type { Name } from './values.ts';

const inFolder = (path: string): string => (path === '' || path.endsWith('/') ? path : `${path}/`);
const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);

/**
 * Relative, with `/` between its names, none of them `.` or `..`; the last is the file's. `folder` is the delivery's own
 * path, `path` that of the output: where the output has one file it is the file's, else the folder of the path is theirs
 * and they keep their names, because manifests name them.
 */
export const deliveryPath = (
  job: Pick<JobRecord, 'id' | 'createdAt' | 'spec'>,
  file: {
    readonly folder: string | undefined;
    readonly path: string | undefined;
    readonly output: Name;
    readonly variant?: Variant | undefined;
    readonly name: string;
    readonly isOnly: boolean;
  },
): string => {
  const { output, variant } = file;
  const fill = (path: string): string => fillPath(path, { job, output, ...(variant ? { variant } : {}) });
  const folder = inFolder(fill(file.folder ?? ''));
  const path = file.path === undefined ? (file.isOnly ? '' : `${output}/`) : fill(file.path);
  const isNamed = file.isOnly && path !== '' && !path.endsWith('/');
  return isNamed ? `${folder}${path}` : `${folder}${folderOf(path)}${file.name}`;
};
