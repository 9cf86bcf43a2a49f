import { createReadStream } from 'node:fs';
import { access, chmod, mkdtemp, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ReadEntry, extract } from 'tar';
import xz from 'xz-decompress';

const tools = ['ffmpeg', 'ffprobe'];

/**
 * Takes `ffmpeg` and `ffprobe` out of a `.tar.xz`, wherever they lie in it, and puts them into `folder`, which appears
 * with both or not at all. Of two processes that do this at once one wins, and both find a whole folder.
 */
export const unpack = async (archive: string, folder: string): Promise<void> => {
  const scratch = await mkdtemp(join(dirname(folder), '.unpack-'));
  try {
    const bytes = new xz.XzReadableStream(Readable.toWeb(createReadStream(archive)));
    await pipeline(
      Readable.fromWeb(bytes),
      extract({
        cwd: scratch,
        preserveOwner: false,
        filter: (path, entry) => tools.includes(basename(path)) && 'type' in entry && entry.type === 'File',
        onReadEntry: (entry: ReadEntry) => {
          entry.path = basename(entry.path);
        },
      }),
    );
    for (const tool of tools) {
      await access(join(scratch, tool));
      await chmod(join(scratch, tool), 0o755);
    }
    await rename(scratch, folder).catch(async (error: unknown) => {
      await access(join(folder, 'ffmpeg')).catch(() => Promise.reject(error));
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};
