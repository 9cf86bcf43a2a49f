import { Failure } from '../failures.ts';
import { parseProbe } from '../ffmpeg/ffprobe.ts';
import type { PinnedObject } from '../job/plan.ts';
import { admit, admitBytes } from '../media/admission.ts';
import type { Probe } from '../media/probe.ts';
import type { RunTaskDeps } from './task-run.ts';

const file = 'source';

/**
 * What is known of a stored file, without a job. Fails with the same `input.*` as a job that reads it would: what is
 * refused there is refused here.
 */
export const probeObject = async (
  { objects, media, workspace, limits }: Pick<RunTaskDeps, 'objects' | 'media' | 'workspace' | 'limits'>,
  object: PinnedObject,
  signal?: AbortSignal,
): Promise<Probe> => {
  admitBytes(object.bytes, limits);
  return workspace.use(object.bytes, async (folder) => {
    const { bytes } = await objects.download(object, folder.at(file), signal);
    if (bytes !== object.bytes) throw new Failure('input.changed');
    return admit(parseProbe(await media.probe({ folder: folder.path, file }, signal)), limits);
  });
};
