/** The curl session of the README works as it is printed. */
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { ffmpegMediaTools } from '#adapters/ffmpeg/media-tools.ts';
import { parseProbe } from '#core/ffmpeg/ffprobe.ts';
import { makeClips } from '#test/support/clips.ts';
import { removeFolder, startServer } from '#test/support/server.ts';

const printedAddress = 'http://127.0.0.1:8787';

const session = async (): Promise<string> => {
  const readme = await readFile(resolve(import.meta.dirname, '../../README.md'), 'utf8');
  const block = /<!-- session:[^>]*-->\n```sh\n([^`]+)```/.exec(readme)?.[1];
  if (!block?.includes(printedAddress)) throw new Error('the README has no session');
  return block;
};

const clips = await makeClips();
afterAll(() => clips.close());

test('upload, job, poll and download, as the README prints them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kinoduct-readme-'));
  const server = await startServer({ dataFolder: join(folder, '.kinoduct') });
  try {
    await copyFile(await clips.path('short.mp4'), join(folder, 'clip.mp4'));
    const script = (await session()).replace(printedAddress, server.url);
    await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, timeout: 120_000 });
    const probe = async (file: string) => parseProbe(await ffmpegMediaTools().probe({ folder, file }));
    expect(await probe('web.mp4')).toMatchObject({ video: [{ codec: 'h264' }], audio: [{ codec: 'aac' }] });
    expect(await probe('cover.jpg')).toMatchObject({ video: [{ codec: 'mjpeg' }] });
  } finally {
    await server.end('SIGTERM');
    await removeFolder(folder);
  }
});
