/** The attacks of strangers' files, rebuilt. Each is shown to a real FFmpeg, whose every open and connect is traced. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ffmpegMediaTools } from '#adapters/ffmpeg/media-tools.ts';
import { parseProbe } from '#core/ffmpeg/ffprobe.ts';
import { probeFlags } from '#core/ffmpeg/hardened.ts';
import { admit } from '#core/media/admission.ts';
import { whyNotMedia } from '#core/media/magic.ts';
import { aviWithSubtitle, type Lab, movHeaderOf, pngBomb, references, wavAt } from '#test/support/attacks.ts';
import { lavfi, mediaHouse, type MediaHouse, x264 } from '#test/support/media-house.ts';
import { encodeTask, runnerLimits } from '#test/support/runner.ts';

const hasStrace = spawnSync('strace', ['-V']).status === 0;
const generated = (source: string) => ['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', source];
const limits = { wallSeconds: 8, cpuSeconds: 8, memoryBytes: 2 ** 30, outputBytes: 2 ** 26 };
const encode = encodeTask(['-map', '0', '-c:v', 'mpeg4', '-f', 'mp4']).commands[0] ?? {
  arguments: [],
  progressSeconds: 1,
};

let outside: string;
let folder: string;
let canary: Server;
let visits: number;
let lab: Lab;

beforeAll(async () => {
  outside = await mkdtemp(join(tmpdir(), 'kinoduct-secret-'));
  const secret = join(outside, 'private.ts');
  execFileSync('ffmpeg', [...generated('testsrc2=size=320x240:rate=10:duration=2'), '-c:v', 'mpeg2video', secret]);
  canary = createServer((_, response) => {
    visits += 1;
    response.end(readFileSync(secret));
  });
  await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve));
  const { port } = canary.address() as AddressInfo; // true: it listens on a port, not on a pipe
  lab = { secret, sibling: 'private.ts', canary: `http://127.0.0.1:${port}` };
});
afterAll(async () => {
  canary.close();
  await rm(outside, { recursive: true, force: true });
});
beforeEach(async () => {
  visits = 0;
  folder = await mkdtemp(join(tmpdir(), 'kinoduct-attack-'));
  // In the very folder, for attacks by relative name. Jobs never share one.
  writeFileSync(join(folder, lab.sibling), readFileSync(lab.secret));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** FFmpeg under strace, where there is one. */
const traced = (program: 'ffmpeg' | 'ffprobe'): string => {
  const script = join(outside, `traced-${program}`);
  const strace = `strace -f -qq -e trace=open,openat,connect,bind -o "$PWD/trace.$$"`;
  writeFileSync(script, `#!/bin/sh\nexec ${hasStrace ? strace : ''} ${program} "$@"\n`);
  chmodSync(script, 0o755);
  return script;
};
const tools = () => ffmpegMediaTools({ ffmpegPath: traced('ffmpeg'), ffprobePath: traced('ffprobe') });

/** What the runner thinks of the file before it decodes any of it. */
const admitted = async () => admit(parseProbe(await tools().probe({ folder, file: 'in0' })), runnerLimits);

/** Everything that was opened or connected to, of all runs in the folder. */
const trace = (): string => {
  const files = execFileSync('sh', ['-c', 'cat trace.* 2>/dev/null || true'], { cwd: folder }).toString();
  if (hasStrace) expect(files).toMatch(/openat\(.*in0|openat\(.*probe-/); // it did trace
  return files;
};

const expectNothingForeignOpened = (): void => {
  const seen = trace();
  expect(seen).not.toContain('private.ts');
  expect(seen).not.toMatch(/\/proc\/(self|\d+)\/environ/);
  expect(seen).not.toMatch(/AF_INET/);
  expect(visits).toBe(0);
};

const expectNothingForeign = (): void => {
  expectNothingForeignOpened();
  const written = join(folder, 'out.mp4');
  expect(existsSync(written) ? statSync(written).size : 0).toBe(0);
};

describe('a file that names other files', () => {
  test.for(Object.entries(references))('%s: FFmpeg opens nothing but the file itself', async ([, build]) => {
    writeFileSync(join(folder, 'in0'), build(lab));
    const run = await tools().run(encode, { folder, limits });
    expect(run).toMatchObject({ endedBy: 'exit' });
    expect(run.exitCode).not.toBe(0);
    expectNothingForeign();
  });

  test.for(Object.entries(references))('%s: ffprobe opens nothing but the file itself', ([, build]) => {
    writeFileSync(join(folder, 'in0'), build(lab));
    const words = [...probeFlags(), '-show_format', '-show_streams', '-count_packets', 'file:in0'];
    const { status } = spawnSync(traced('ffprobe'), words, { cwd: folder, timeout: 8_000, stdio: 'ignore' });
    expect(status).not.toBe(0);
    expectNothingForeign();
  });

  test.for(Object.entries(references))('%s: is refused by its first bytes', async ([, build]) => {
    writeFileSync(join(folder, 'in0'), build(lab));
    await expect(tools().probe({ folder, file: 'in0' })).rejects.toMatchObject({
      name: 'input.not_media',
      facts: { phase: 'probe', detail: expect.stringMatching(/^It is an? /) },
    });
  });

  test('P12 a subtitle inside of an AVI that is a playlist: the picture is read, and nothing else', async () => {
    execFileSync('ffmpeg', [...generated('color=red:size=64x64'), '-frames:v', '1', join(folder, 'one.jpg')]);
    const playlist = `#EXTM3U\n#EXTINF:2,\n${lab.canary}/iam.ts\n#EXTINF:2,\n${lab.secret}\n#EXT-X-ENDLIST\n`;
    writeFileSync(join(folder, 'in0'), aviWithSubtitle(readFileSync(join(folder, 'one.jpg')), 64, playlist));
    const probe = parseProbe(await tools().probe({ folder, file: 'in0' }));
    expect(probe).toMatchObject({ container: 'avi', video: [{ codec: 'mjpeg' }], subtitles: [{}] });
    await tools().run(encode, { folder, limits });
    expectNothingForeignOpened();
  });

  test('the attacks are alive: without the flags some of them succeed on this very FFmpeg', () => {
    const some = Object.entries(references).filter(([name]) => /^(?:P1 HLS|P8 DASH|P10 concat)/.test(name));
    const succeeded = some.filter(([, build]) => {
      writeFileSync(join(folder, 'in0'), build(lab));
      const words = ['-nostdin', '-v', 'error', '-y', '-t', '1', '-i', 'in0', '-t', '1', '-f', 'mp4', 'undefended.mp4'];
      return spawnSync('ffmpeg', words, { cwd: folder, timeout: 3_000, stdio: 'ignore' }).status === 0;
    });
    expect(succeeded.map(([name]) => name)).toContain('P10 concat list with a sibling');
  });
});

describe('a name', () => {
  test('P15 with a pattern never reads the files that the pattern matches', async () => {
    writeFileSync(join(folder, 'user1.png'), pngBomb(40));
    writeFileSync(join(folder, 'user%d.png'), pngBomb(20));
    const probe = parseProbe(await tools().probe({ folder, file: 'user%d.png' }));
    expect(probe.video).toMatchObject([{ width: 20, height: 20 }]);
    const pattern = { ...encode, arguments: encode.arguments.map((word) => word.replace('in0', 'user%d.png')) };
    expect((await tools().run(pattern, { folder, limits })).exitCode).not.toBe(0);
  });

  test.for(['-report', '-y', 'http://127.0.0.1/x', 'concat:in0', 'pipe:0'])(
    'P16 such as "%s" is only a name',
    async (name) => {
      const words = encode.arguments.map((word) => (word === 'file:in0' ? `file:${name}` : word));
      const run = await tools().run({ ...encode, arguments: words }, { folder, limits });
      expect(run.exitCode).not.toBe(0);
      expect(run.stderrTail).toMatch(/No such file or directory/);
    },
  );

  test('P20 says nothing: a transport stream and a GIF, which begin alike, are told apart by their bytes', async () => {
    execFileSync('ffmpeg', [...generated('testsrc2=size=64x64:rate=5:duration=1'), '-f', 'gif', join(folder, 'one')]);
    writeFileSync(join(folder, 'two.gif'), readFileSync(lab.secret));
    const container = async (file: string) => parseProbe(await tools().probe({ folder, file })).container;
    expect([await container('one'), await container('two.gif')]).toEqual(['gif', 'mpegts']);
  });
});

describe('a bomb', () => {
  test('B1 a picture of 225 million pixels in a few kilobytes is not decoded', async () => {
    const bomb = pngBomb(15_000);
    expect(bomb.length).toBeLessThan(100_000);
    writeFileSync(join(folder, 'in0'), bomb);
    const run = await tools().run(encode, { folder, limits });
    expect(run.exitCode).not.toBe(0);
    expect(run.cpuSeconds ?? 0).toBeLessThan(2);
  });

  test('B2 a film of 38 million pixels a picture is not decoded', async () => {
    const words = [...generated('color=size=8192x4608:rate=1:duration=1'), '-c:v', 'libx264', '-preset', 'ultrafast'];
    execFileSync('ffmpeg', [...words, '-f', 'mp4', join(folder, 'in0')]);
    expect(statSync(join(folder, 'in0')).size).toBeLessThan(500_000);
    const run = await tools().run(encode, { folder, limits });
    expect(run).toMatchObject({
      endedBy: 'exit',
      stderrTail: expect.stringContaining('exceeds specified max pixel count'),
    });
    expect(run.exitCode).not.toBe(0);
    await expect(admitted()).rejects.toMatchObject({ name: expect.stringMatching(/^input\.(too_large|corrupt)$/) });
  });

  test('B4 two pictures that are a day apart are refused before a filter fills the time between them', async () => {
    const apart = ['-vf', 'setpts=N*100000/TB', '-fps_mode', 'passthrough', '-c:v', 'libx264', '-preset', 'ultrafast'];
    const words = [...generated('testsrc2=size=64x64:rate=1:duration=2'), ...apart, '-f', 'matroska'];
    execFileSync('ffmpeg', [...words, join(folder, 'in0')]);
    expect(statSync(join(folder, 'in0')).size).toBeLessThan(50_000);
    await expect(admitted()).rejects.toMatchObject({ name: 'input.too_long' });
  });

  test('B7 a compressed header that claims two gigabytes gets no memory', async () => {
    writeFileSync(join(folder, 'in0'), movHeaderOf(2 ** 31 - 1));
    expect(statSync(join(folder, 'in0')).size).toBeLessThan(50_000);
    await expect(tools().probe({ folder, file: 'in0' })).rejects.toMatchObject({ name: 'input.corrupt' });
    const run = await tools().run(encode, { folder, limits });
    expect(run.exitCode).not.toBe(0);
    expect(run.stderrTail).toMatch(/Cannot allocate memory/);
  });

  test('B3 sound at 1 Hz is refused before anything is decoded', async () => {
    writeFileSync(join(folder, 'in0'), wavAt(1));
    const probe = parseProbe(await tools().probe({ folder, file: 'in0' }));
    expect(() => admit(probe, { ...runnerLimits, maxSeconds: 1e9 })).toThrow(
      expect.objectContaining({ name: 'input.corrupt', message: expect.stringMatching(/sample rate is 1 Hz/) }),
    );
  });

  test('B6 a file of more than 64 tracks is refused', async () => {
    const tracks = Array.from({ length: 70 }, () => ['-map', '0:a']).flat();
    const words = [
      ...generated('anullsrc=r=8000:cl=mono'),
      '-t',
      '0.2',
      ...tracks,
      '-c:a',
      'pcm_s16le',
      '-f',
      'matroska',
    ];
    execFileSync('ffmpeg', [...words, join(folder, 'in0')]);
    const look = async () => parseProbe(await tools().probe({ folder, file: 'in0' }));
    // FFmpeg refuses it before version 7, and takes as many as it may since.
    await expect(look()).rejects.toMatchObject({ name: 'input.corrupt' });
  });

  test('B9 cover art is not taken for a picture track', async () => {
    writeFileSync(join(folder, 'cover.png'), pngBomb(40));
    const words = [...generated('sine=duration=1'), '-i', join(folder, 'cover.png'), '-map', '0', '-map', '1'];
    execFileSync('ffmpeg', [
      ...words,
      '-c:v',
      'copy',
      '-disposition:v',
      'attached_pic',
      '-f',
      'mp3',
      join(folder, 'in0'),
    ]);
    const probe = parseProbe(await tools().probe({ folder, file: 'in0' }));
    expect([probe.video.length, probe.audio.length]).toEqual([0, 1]);
  });
});

describe('what is made of a file', () => {
  let house: MediaHouse;
  beforeAll(async () => {
    house = await mediaHouse();
  });
  afterAll(() => house.remove());

  test('B5 has at most 60 pictures a second, though the file has 90,000', async () => {
    const words = [...generated('testsrc2=size=64x64:rate=90000:duration=0.05'), ...x264];
    await house.make('wild', 'wild.mp4', words);
    expect(house.probes['wild']?.video[0]?.frames).toBe(4500);
    const made = await house.run({ film: 'mp4' }, ['wild']);
    const film = parseProbe(await tools().probe({ folder: made.folder, file: basename(made.file('film')) }));
    expect(film.video[0]?.frames).toBeLessThanOrEqual(4);
  });

  test('J15 tells neither where it was taken nor what its maker wrote into it', async () => {
    const told = ['location=+52.5200+013.4050/', 'title=<script>alert(1)</script>', 'model=Phone 7'];
    const words = [...generated('testsrc2=size=64x64:rate=10:duration=1'), ...lavfi('sine=duration=1')];
    const metadata = told.flatMap((one) => ['-metadata', one, '-metadata:s:v', one]);
    await house.make('phone', 'phone.mov', [...words, ...metadata, '-movflags', 'use_metadata_tags', '-shortest']);
    const traces = ['+52.52', '<script>', 'Phone 7'];
    const holds = (file: string): string[] => traces.filter((one) => readFileSync(file).includes(one));
    expect(holds(join(house.folder, 'phone.mov'))).toEqual(traces);
    const outputs = { mp4: 'mp4', webm: 'webm', sound: 'm4a', still: 'thumb', moving: 'gif' };
    const made = await house.run(outputs, ['phone']);
    for (const name of Object.keys(outputs)) expect(holds(made.file(name)), name).toEqual([]);
  });
});

test.for([
  ['an empty file', ''],
  ['a PDF document', '%PDF-1.7\n\u0001'],
  ['a zip archive or an office document', 'PK\u0003\u0004\u0014\u0000'],
  ['a script', '#!/bin/sh\nexec rm'],
  ['subtitles without a picture', 'WEBVTT\n\n00:00'],
  ['a text file', '\u00ff\u00fef\u0000i\u0000l\u0000e\u0000'],
  ['an HLS playlist', '\u00ef\u00bb\u00bf\n#EXTM3U\n\u0000\u0001'],
])('%s is told by its bytes', ([why, text]) => {
  expect(whyNotMedia(Buffer.from(text ?? '', 'latin1'))).toBe(why);
});
