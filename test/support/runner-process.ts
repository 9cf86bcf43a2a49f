/** A runner as a process of its own, over stores on disk: to be killed, stopped and woken again. */
import { join } from 'node:path';
import { ffmpegMediaTools } from '#adapters/ffmpeg/media-tools.ts';
import { filesystemObjectStore } from '#adapters/filesystem/object-store.ts';
import { signedUrls } from '#adapters/filesystem/signed-urls.ts';
import { filesystemWorkspace } from '#adapters/filesystem/workspace.ts';
import { recordingMetrics } from '#adapters/memory/metrics.ts';
import { openSqlite } from '#adapters/sql/sqlite.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { ulidIds } from '#adapters/system/ids.ts';
import { jsonLog } from '#adapters/system/json-log.ts';
import { assetFiles } from '#layers/assets/assets.ts';
import { toFailure } from '#core/failures.ts';
import { runTask } from '#core/usecases/run-task.ts';
import { jobId } from './records.ts';
import { runnerLimits } from './runner.ts';

/** Everything below `folder`; scratch folders in `work/`. */
export const openRunner = async (folder: string) => {
  const stores = await openSqlite({ file: join(folder, 'jobs.sqlite') });
  const urls = signedUrls({ secret: new Uint8Array(32), origin: () => 'http://127.0.0.1' });
  return {
    ...stores,
    objects: filesystemObjectStore({ root: join(folder, 'objects'), urls }),
    media: ffmpegMediaTools(),
    workspace: filesystemWorkspace({ root: join(folder, 'work'), assets: assetFiles }),
    clock: systemClock,
    ids: ulidIds(),
    log: jsonLog((line) => process.stderr.write(line)),
    metrics: recordingMetrics(),
    limits: runnerLimits,
  };
};

type Calls = Record<string, (...given: unknown[]) => unknown>;

/** The same object, which ends this process at once before or after the first call of a method. */
const dying = <T extends object>(target: T, name: string, at: string): T => {
  const methods = target as unknown as Calls; // what is wrapped holds nothing but methods
  const die = (): void => void process.kill(process.pid, 'SIGKILL');
  const wrapped = Object.keys(methods).map((method) => [
    method,
    async (...given: unknown[]) => {
      if (at === `before ${name}.${method}`) die();
      const result: unknown = await methods[method]?.(...given);
      if (at === `after ${name}.${method}`) die();
      return result;
    },
  ]);
  return { ...target, ...Object.fromEntries(wrapped) } as T; // the same methods
};

if (import.meta.main) {
  const [folder = '', taskId = ''] = process.argv.slice(2);
  const opened = await openRunner(folder);
  const at = process.env['CRASH_AT'];
  const deps =
    at === undefined
      ? opened
      : {
          ...opened,
          jobs: dying(opened.jobs, 'jobs', at),
          objects: dying(opened.objects, 'objects', at),
          media: dying(opened.media, 'media', at),
        };
  const payload = { jobId: jobId(1), attempt: 1, taskId };
  const ended = await runTask(deps, payload).then(
    () => 'succeeded',
    (error: unknown) => toFailure(error).code,
  );
  process.stdout.write(`${ended}\n`);
  await deps.close();
}
