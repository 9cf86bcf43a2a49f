/** The watched folder: what appears below `inbox/` becomes a job, as an object does that is put into the drop bucket. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { watch } from 'chokidar';
import { type DropDeps, dropFile } from '#core/usecases/drop-file.ts';
import { traced } from './trace.ts';

/** What jobs and deliveries call the folder: `s3://drop/inbox/…`. */
export const dropBucket = 'drop';

/** A file whose size has stood still for so long is whole; programs that copy write without a rest. */
const stableMs = 2_000;

export interface DropFolder {
  readonly inbox: string;
  close(): Promise<void>;
}

const drop = async (deps: DropDeps, file: Parameters<typeof dropFile>[1]): Promise<void> => {
  const { outcome, jobId } = await dropFile(deps, file);
  deps.log.info('file dropped', { outcome, ...(jobId ? { jobId } : {}) });
};

/**
 * Watches `inbox/` of the folder, files that were there before included: what was a job already stays one. `stableMs` is for
 * tests.
 */
export const watchDropFolder = async (
  deps: DropDeps,
  options: { readonly folder: string; readonly owner: string; readonly stableMs?: number },
): Promise<DropFolder> => {
  const inbox = path.join(options.folder, 'inbox');
  await mkdir(inbox, { recursive: true });
  await mkdir(path.join(options.folder, 'outbox'), { recursive: true });
  /** One after another: a file and its sidecar that arrive together must not be two jobs. */
  let last: Promise<unknown> = Promise.resolve();
  const look = (file: string): void => {
    const key = path.relative(options.folder, file).split(path.sep).join('/');
    last = last
      .then(() => traced(() => drop(deps, { object: { bucket: dropBucket, key }, owner: options.owner })))
      .catch((error: unknown) => deps.log.error('dropped file failed', { error: String(error) }));
  };
  const watcher = watch(inbox, {
    followSymlinks: false,
    awaitWriteFinish: { stabilityThreshold: options.stableMs ?? stableMs, pollInterval: 100 },
  });
  watcher.on('add', look).on('change', look);
  watcher.on('error', (error) => deps.log.error('the drop folder cannot be watched', { error: String(error) }));
  await new Promise<void>((resolve) => void watcher.once('ready', () => resolve()));
  return {
    inbox,
    close: async () => {
      await watcher.close();
      await last;
    },
  };
};
