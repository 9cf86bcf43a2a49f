/** No engine is needed: the shell script of the Dockerfile's build stage runs here, in folders of its own. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tinyBuild, tinyBuildSha256 } from '#test/support/tiny-build.ts';

const has = (command: string): boolean => {
  try {
    execFileSync('sh', ['-c', `command -v ${command}`]);
    return true;
  } catch {
    return false;
  }
};
const missing = ['curl', 'tar', 'xz', 'sha256sum'].filter((command) => !has(command));

const dockerfile = await readFile(new URL('../../functions/ffmpeg-runner/Dockerfile', import.meta.url), 'utf8');

/** The script of `RUN`, its lines joined as Docker joins them. */
const script = (/^RUN ((?:.*\\\n)*.*)$/m.exec(dockerfile)?.[1] ?? '').replaceAll('\\\n', ' ');

describe.skipIf(missing.length > 0)(
  `the build stage of the runner's image (needs ${missing.join(', ') || 'nothing more'})`,
  () => {
    let root: string;
    let server: Server;
    let requests = 0;

    beforeEach(async () => {
      root = await mkdtemp(join(tmpdir(), 'kinoduct-image-'));
      await mkdir(join(root, 'vendor'));
      requests = 0;
      server = createServer((_request, response) => {
        requests += 1;
        response.end(tinyBuild);
      });
      await new Promise<void>((listening) => {
        server.listen(0, '127.0.0.1', listening);
      });
    });

    afterEach(async () => {
      server.close();
      await rm(root, { recursive: true, force: true });
    });

    const build = (sha256: string) => {
      const { port } = server.address() as AddressInfo; // true: it listens on a port
      const here = script.replaceAll('/tmp/vendor', join(root, 'vendor')).replaceAll('/opt/bin', join(root, 'bin'));
      const env = { ...process.env, FFMPEG_URL: `http://127.0.0.1:${port}/build.tar.xz`, FFMPEG_SHA256: sha256 };
      return promisify(execFile)('/bin/sh', ['-c', here], { env });
    };

    test('downloads the pinned build, and takes ffmpeg and ffprobe out of it', async () => {
      const { stdout } = await build(tinyBuildSha256);
      expect(stdout).toContain('ffmpeg version 8.1.3-test');
      expect((await readdir(join(root, 'bin'))).sort()).toEqual(['ffmpeg', 'ffprobe']);
      expect((await stat(join(root, 'bin/ffmpeg'))).mode & 0o777).toBe(0o755);
    });

    test('takes the file in vendor/ where there is one', async () => {
      await writeFile(join(root, 'vendor/ffmpeg.tar.xz'), tinyBuild);
      await build(tinyBuildSha256);
      expect(requests).toBe(0);
    });

    test('fails when the checksum is another, wherever the file comes from', async () => {
      await expect(build('0'.repeat(64))).rejects.toThrow();
      await writeFile(join(root, 'vendor/ffmpeg.tar.xz'), Buffer.concat([tinyBuild, Buffer.from('x')]));
      await expect(build(tinyBuildSha256)).rejects.toThrow();
      expect(await readdir(root)).not.toContain('bin');
    });
  },
);

test('the image runs without root, has the bundle and FFmpeg and nothing else of ours', () => {
  const last = dockerfile.slice(dockerfile.lastIndexOf('FROM'));
  expect(last).toMatch(/^USER [1-9]/m);
  expect(last.match(/^COPY .*$/gm)).toEqual([
    'COPY --from=ffmpeg /opt/bin/ /opt/bin/',
    'COPY runner.mjs task.mjs /var/task/',
    'COPY assets/ /var/task/assets/',
  ]);
});
