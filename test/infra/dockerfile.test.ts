/** No engine is needed: the shell script of the Dockerfile's build stage runs here, in folders of its own. */
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
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
const execShell = (text: string, cwd: string) => promisify(execFile)('/bin/sh', ['-euc', text], { cwd });
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
      const here = script.replaceAll('/tmp/vendor', join(root, 'vendor')).replaceAll('/opt', join(root, 'opt'));
      const env = { ...process.env, FFMPEG_URL: `http://127.0.0.1:${port}/build.tar.xz`, FFMPEG_SHA256: sha256 };
      return promisify(execFile)('/bin/sh', ['-c', here], { env });
    };

    test('downloads the pinned build, and takes ffmpeg and ffprobe out of it', async () => {
      const { stdout } = await build(tinyBuildSha256);
      expect(stdout).toContain('ffmpeg version 8.1.3-test');
      expect((await readdir(join(root, 'opt'), { recursive: true })).sort()).toEqual([
        'bin',
        'bin/ffmpeg',
        'bin/ffprobe',
      ]);
      expect((await stat(join(root, 'opt/bin/ffmpeg'))).mode & 0o777).toBe(0o755);
    });

    test('keeps the shared libraries and the licences of a build that has them, and nothing else of it', async () => {
      await execShell(
        `mkdir -p x/bin x/lib/pkgconfig x/include/libavutil x/doc
         for tool in ffmpeg ffprobe ffplay; do printf '#!/bin/sh\necho "ffmpeg version shared"\n' > x/bin/$tool; done
         echo code > x/lib/libavutil.so.60.8.100
         ln -s libavutil.so.60.8.100 x/lib/libavutil.so.60
         touch x/lib/pkgconfig/libavutil.pc x/include/libavutil/cpu.h x/doc/ffmpeg.html x/LICENSE.txt
         tar --create --xz --file vendor/ffmpeg.tar.xz x`,
        root,
      );
      const sha256 = createHash('sha256')
        .update(await readFile(join(root, 'vendor/ffmpeg.tar.xz')))
        .digest('hex');
      await build(sha256);
      const kept = (await readdir(join(root, 'opt'), { recursive: true, withFileTypes: true }))
        .filter((entry) => !entry.isDirectory())
        .map((entry) => relative(join(root, 'opt'), join(entry.parentPath, entry.name)));
      expect(kept.sort()).toEqual([
        'bin/ffmpeg',
        'bin/ffprobe',
        'lib/libavutil.so.60',
        'lib/libavutil.so.60.8.100',
        'licenses/LICENSE.txt',
      ]);
      expect(await readFile(join(root, 'opt/lib/libavutil.so.60'), 'utf8')).toBe('code\n');
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
      expect(await readdir(root)).not.toContain('opt');
    });
  },
);

test('the image runs without root, has the bundle and FFmpeg and nothing else of ours', () => {
  const last = dockerfile.slice(dockerfile.lastIndexOf('FROM'));
  expect(last).toMatch(/^USER [1-9]/m);
  expect(last.match(/^COPY .*$/gm)).toEqual([
    'COPY --from=ffmpeg /opt/ /opt/',
    'COPY *.mjs /var/task/',
    'COPY assets/ /var/task/assets/',
  ]);
});
