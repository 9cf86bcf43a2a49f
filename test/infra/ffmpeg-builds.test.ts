import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Build, buildsFor, pinnedBuild } from '#layers/ffmpeg/builds.ts';
import { download, downloadLimits } from '#layers/ffmpeg/download.ts';
import { type LocateOptions, type Machine, locateFfmpeg } from '#layers/ffmpeg/locate.ts';
import { tinyBuild, tinyBuildSha256 } from '#test/support/tiny-build.ts';

const limits = { ...downloadLimits, answerMs: 300, stallMs: 300 };

let folder: string;
let requests: IncomingMessage[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let close: () => Promise<void>;
let url: string;

const offsetOf = (request: IncomingMessage): number =>
  Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);

/** Sends the build, or what a range asks of it. */
const whole = (request: IncomingMessage, response: ServerResponse): void => {
  const offset = offsetOf(request);
  response.writeHead(offset ? 206 : 200, { 'content-length': tinyBuild.length - offset });
  response.end(tinyBuild.subarray(offset));
};

/** Promises everything, sends 100 bytes, then goes on as told. */
const begin = (response: ServerResponse, then: () => void): void => {
  response.writeHead(200, { 'content-length': tinyBuild.length });
  response.write(tinyBuild.subarray(0, 100), () => setTimeout(then, 50)); // until the client has them
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinoduct-builds-'));
  requests = [];
  answer = whole;
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/build.tar.xz`; // true: it listens on a port
  close = () =>
    new Promise((closed) => {
      server.closeAllConnections();
      server.close(() => closed());
    });
});

afterEach(async () => {
  await close();
  await rm(folder, { recursive: true, force: true });
});

const source = (change: Partial<Build> = {}): Build => ({
  version: '8.1.3',
  arch: 'x86_64',
  file: 'build.tar.xz',
  url,
  sha256: tinyBuildSha256,
  bytes: tinyBuild.length,
  ...change,
});

describe('a pinned build', () => {
  test('is there for both architectures, newest first', () => {
    for (const arch of ['x86_64', 'arm64'] as const) {
      expect(pinnedBuild(arch).version).toBe('8.1.3');
      expect(buildsFor(arch).every((build) => build.url.endsWith(`/${build.file}`))).toBe(true);
    }
  });
});

describe('a download', () => {
  const file = () => join(folder, 'build.tar.xz');
  const left = () => readdir(folder);

  test('arrives whole', async () => {
    await download(source(), file(), limits);
    expect(await readFile(file())).toEqual(tinyBuild);
    expect(await left()).toEqual(['build.tar.xz']);
  });

  test('with another checksum than the pinned one leaves nothing behind', async () => {
    await expect(download(source({ sha256: '0'.repeat(64) }), file(), limits)).rejects.toMatchObject({
      reason: 'wrong',
    });
    expect(await left()).toEqual([]);
  });

  test('that is cut is continued where it stopped', async () => {
    answer = (request, response) =>
      requests.length === 1 ? begin(response, () => response.destroy()) : whole(request, response);
    await download(source(), file(), limits);
    expect(requests.map(offsetOf)).toEqual([0, 100]);
    expect(await readFile(file())).toEqual(tinyBuild);
  });

  test('that is cut is started over where the server does no ranges', async () => {
    answer = (_request, response) =>
      requests.length === 1 ? begin(response, () => response.destroy()) : response.end(tinyBuild);
    await download(source(), file(), limits);
    expect(await readFile(file())).toEqual(tinyBuild);
  });

  test('that ends early each time gives up when a try brings nothing, and goes on at the next start', async () => {
    answer = (request, response) =>
      requests.length === 1 ? begin(response, () => response.destroy()) : response.writeHead(206).end();
    await expect(download(source(), file(), limits)).rejects.toMatchObject({ reason: 'cut' });
    expect(requests).toHaveLength(2);
    answer = whole;
    await download(source(), file(), limits);
    expect(requests.map(offsetOf)).toEqual([0, 100, 100]);
  });

  test('that stalls is dropped and continued', async () => {
    answer = (request, response) =>
      requests.length === 1 ? begin(response, () => undefined) : whole(request, response);
    await download(source(), file(), limits);
    expect(requests).toHaveLength(2);
  });

  test('from a server that does not answer fails at once', async () => {
    answer = () => undefined;
    await expect(download(source(), file(), limits)).rejects.toMatchObject({ reason: 'unreachable' });
    expect(requests).toHaveLength(1);
  });

  test('larger than the pinned size is stopped', async () => {
    answer = (_request, response) => response.end(Buffer.concat([tinyBuild, Buffer.from('x')]));
    await expect(download(source(), file(), limits)).rejects.toThrow(/larger than 316 bytes/);
    expect(await left()).toEqual([]);
  });

  test('of unknown size stops at the limit', async () => {
    const small = { ...limits, largestBytes: 200 };
    await expect(download(source({ bytes: null }), file(), small)).rejects.toThrow(/larger than 200 bytes/);
  });

  test('that the server refuses says its answer', async () => {
    answer = (_request, response) => response.writeHead(404).end();
    await expect(download(source(), file(), limits)).rejects.toThrow(/answers 404/);
  });
});

describe('finding FFmpeg', () => {
  const machine = (change: Partial<Machine> = {}): Machine => ({
    builds: [source()],
    limits,
    aptGet: undefined,
    installCommand: 'install it',
    ...change,
  });
  const options = (change: Partial<LocateOptions> = {}): LocateOptions => ({
    cacheDir: join(folder, 'cache'),
    env: { PATH: join(folder, 'bin') },
    log: () => undefined,
    allowInstall: true,
    ...change,
  });
  const tool = async (path: string, text: string): Promise<void> => {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), `#!/bin/sh\ncat <<'END'\n${text}\nEND\n`);
    await chmod(join(folder, path), 0o755);
  };
  const tools = async (path: string, libavutil = 57): Promise<void> => {
    for (const name of ['ffmpeg', 'ffprobe'])
      await tool(
        `${path}/${name}`,
        `${name} version 5.1.9 Copyright\nlibavutil      ${libavutil}. 28.100 / ${libavutil}. 28.100`,
      );
  };

  test('takes FFMPEG_PATH and the ffprobe beside it', async () => {
    await tools('own');
    await tools('bin');
    const found = await locateFfmpeg(
      options({ env: { PATH: join(folder, 'bin'), FFMPEG_PATH: join(folder, 'own/ffmpeg') } }),
    );
    expect(found).toMatchObject({ source: 'FFMPEG_PATH', ffprobe: join(folder, 'own/ffprobe'), version: '5.1.9' });
  });

  test('takes FFPROBE_PATH where ffprobe lies elsewhere', async () => {
    await tools('own');
    await tools('bin');
    await rm(join(folder, 'own/ffprobe'));
    const env = { PATH: '', FFMPEG_PATH: join(folder, 'own/ffmpeg'), FFPROBE_PATH: join(folder, 'bin/ffprobe') };
    expect((await locateFfmpeg(options({ env }))).ffprobe).toBe(env.FFPROBE_PATH);
  });

  test('says so when FFMPEG_PATH cannot be used, and does not use another', async () => {
    await tools('bin');
    const env = { PATH: join(folder, 'bin'), FFMPEG_PATH: join(folder, 'gone/ffmpeg') };
    await expect(locateFfmpeg(options({ env }))).rejects.toThrow(/^FFMPEG_PATH cannot be used: .*gone/);
  });

  test('takes the one on the PATH before anything is downloaded', async () => {
    await tools('bin');
    expect(await locateFfmpeg(options(), machine())).toMatchObject({
      source: 'PATH',
      ffmpeg: join(folder, 'bin/ffmpeg'),
    });
    expect(requests).toEqual([]);
  });

  test('downloads the pinned build once where the PATH has only an old one', async () => {
    await tools('bin', 56);
    const found = await locateFfmpeg(options(), machine());
    expect(found).toMatchObject({ source: 'pinned', version: '8.1.3-test' });
    expect((await stat(found.ffmpeg)).uid).toBe(process.getuid?.());
    expect(await readdir(join(found.ffmpeg, '..'))).toEqual(['ffmpeg', 'ffprobe']);
    expect(await locateFfmpeg(options(), machine())).toEqual(found);
    expect(requests).toHaveLength(1);
  });

  test('downloads the pinned build where the ffprobe of the one on the PATH is missing', async () => {
    await tools('bin');
    await rm(join(folder, 'bin/ffprobe'));
    expect(await locateFfmpeg(options(), machine())).toMatchObject({ source: 'pinned' });
  });

  test('takes the spare build where the first one is gone', async () => {
    const spare = source({ version: '7.0.2' });
    answer = (request, response) => (requests.length === 1 ? response.writeHead(404).end() : whole(request, response));
    const found = await locateFfmpeg(options(), machine({ builds: [source(), spare] }));
    expect(found.ffmpeg).toContain('7.0.2');
  });

  test('asks the package manager where no server answers, updating its lists when they are too old', async () => {
    answer = () => undefined;
    await tools('store');
    await mkdir(join(folder, 'bin'));
    const apt = join(folder, 'apt-get');
    await writeFile(
      apt,
      `#!/bin/sh\ncase "$*" in\n*update*) touch ${folder}/updated ;;\n*install*) test -e ${folder}/updated && cp ${folder}/store/* ${folder}/bin/ ;;\nesac\n`,
    );
    await chmod(apt, 0o755);
    const lines: string[] = [];
    const found = await locateFfmpeg(options({ log: (line) => lines.push(line) }), machine({ aptGet: apt }));
    expect(found).toMatchObject({ source: 'apt', ffmpeg: join(folder, 'bin/ffmpeg') });
    expect(lines.join('\n')).toMatch(/Downloading[^]*does not answer[^]*apt-get[^]*updating/);
  });

  test('that fails lists what was tried and the command that helps', async () => {
    answer = () => undefined;
    const failed = locateFfmpeg(options(), machine());
    await expect(failed).rejects.toThrow(/no ffmpeg on the PATH[^]*does not answer[^]*install it[^]*FFMPEG_PATH/);
  });

  test('neither downloads nor installs where that is not allowed', async () => {
    await expect(locateFfmpeg(options({ allowInstall: false }), machine({ aptGet: '/bin/false' }))).rejects.toThrow(
      /not in the cache/,
    );
    expect(requests).toEqual([]);
  });
});
