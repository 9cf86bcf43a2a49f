import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ytDlpPageResolver } from '#adapters/yt-dlp/page-resolver.ts';

const page = 'https://videos.test/watch?v=1&sig=secret';
const direct = { url: 'https://cdn.test/best.mp4', protocol: 'https', title: 'A clip' };

/** A program in the place of yt-dlp: it writes down how it was called, then does what the test says. */
describe('the page resolver', () => {
  let folder: string;
  const program = (): string => join(folder, 'stand-in');
  const told = async (): Promise<{ words: string[]; env: Record<string, string>; pid: number }> =>
    JSON.parse(await readFile(join(folder, 'told.json'), 'utf8'));
  const standIn = async (script: string): Promise<void> => {
    const note = `require('node:fs').writeFileSync(${JSON.stringify(join(folder, 'told.json'))},
      JSON.stringify({ words: process.argv.slice(2), env: process.env, pid: process.pid }));`;
    await writeFile(program(), `#!${process.execPath}\n${note}\n${script}\n`);
    await chmod(program(), 0o755);
  };
  const saying = (answer: unknown): Promise<void> => standIn(`console.log(${JSON.stringify(JSON.stringify(answer))})`);
  const resolve = (address = page, timeoutSeconds = 10, signal?: AbortSignal) =>
    ytDlpPageResolver({ program: program(), timeoutSeconds }).resolve(address, signal);
  /** A zombie, which only its parent can remove, has no command line. */
  const isAlive = async (pid: number): Promise<boolean> =>
    (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')) !== '';

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kinoduct-page-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('calls the program with fixed options, the page after `--`, and next to no environment', async () => {
    process.env['AWS_SECRET_ACCESS_KEY'] = 'secret';
    await saying(direct);
    await resolve();
    delete process.env['AWS_SECRET_ACCESS_KEY'];
    const { words, env } = await told();
    expect(words.slice(-2)).toEqual(['--', page]);
    expect(words).toEqual(
      expect.arrayContaining(['--no-config', '--no-plugin-dirs', '--no-exec', '--no-playlist', '--dump-single-json']),
    );
    expect(words[words.indexOf('--use-extractors') + 1]).toBe('default,-generic');
    expect(Object.keys(env).sort()).toEqual(['LANG', 'PATH']);
  });

  test('finds the largest single file with picture and sound', async () => {
    const both = { protocol: 'https', vcodec: 'avc1', acodec: 'mp4a' };
    await saying({
      ...direct,
      uploader: 'Ana',
      tags: ['a'],
      duration: 12.5,
      formats: [
        { ...both, url: 'https://cdn.test/360.mp4', height: 360, tbr: 900 },
        { ...both, url: 'https://cdn.test/720-low.mp4', height: 720, tbr: 1000 },
        {
          ...both,
          url: 'https://cdn.test/720.mp4',
          height: 720,
          tbr: 2000,
          http_headers: { Referer: 'https://videos.test/' },
        },
        { ...both, url: 'https://cdn.test/1080.mp4', height: 1080, acodec: 'none' },
        { ...both, url: 'https://cdn.test/sound.m4a', vcodec: 'none', height: 2000 },
        { ...both, url: 'https://cdn.test/master.m3u8', height: 1440, protocol: 'm3u8_native' },
        { ...both, url: 'https://cdn.test/manifest.mpd', height: 1440, protocol: 'http_dash_segments' },
        { ...both, url: 'file:///etc/passwd', height: 4000 },
        { ...both, url: 'rtmp://cdn.test/x', height: 4000, protocol: 'rtmp' },
        { strange: true },
      ],
    });
    expect(await resolve()).toEqual({
      url: 'https://cdn.test/720.mp4',
      headers: { Referer: 'https://videos.test/' },
      title: 'A clip',
      metadata: { title: 'A clip', uploader: 'Ana', tags: ['a'], duration: 12.5 },
    });
  });

  test('takes what the program would take where no format has both', async () => {
    await saying({
      ...direct,
      http_headers: { 'User-Agent': 'x' },
      formats: [{ url: 'https://c.test/v', vcodec: 'av1', acodec: 'none' }],
    });
    expect(await resolve()).toMatchObject({ url: direct.url, headers: { 'User-Agent': 'x' } });
  });

  test('takes the first of a list', async () => {
    await saying({
      _type: 'playlist',
      title: 'All',
      entries: [direct, { ...direct, url: 'https://cdn.test/second.mp4' }],
    });
    expect(await resolve()).toMatchObject({ url: direct.url, title: 'A clip', headers: {} });
  });

  test('keeps metadata under 64 KiB', async () => {
    await saying({ ...direct, description: 'ä'.repeat(40_000), duration: 3 });
    expect((await resolve()).metadata).toEqual({ title: 'A clip', duration: 3 });
  });

  test.each([
    [{ title: 'x' }],
    [{ url: 'file:///etc/passwd' }],
    [{ url: 'https://cdn.test/a.m3u8', protocol: 'm3u8_native' }],
    [{ url: 'not a url' }],
  ])('a page with only %j holds no media', async (answer) => {
    await saying(answer);
    await expect(resolve()).rejects.toMatchObject({ code: 'input.not_found' });
  });

  test.each([
    'ERROR: Unsupported URL: x',
    'ERROR: No suitable extractor found for URL x',
    'ERROR: [x] 1: Video not available',
  ])('a program that says "%s" found nothing', async (words) => {
    await standIn(`console.error(${JSON.stringify(words)}); process.exit(1)`);
    await expect(resolve()).rejects.toMatchObject({ code: 'input.not_found' });
  });

  test('a program that fails otherwise is unreachable, and the query of the page is not shown', async () => {
    await standIn(`console.error('ERROR: Unable to download webpage'); process.exit(1)`);
    const asking = resolve();
    await expect(asking).rejects.toMatchObject({ code: 'input.unreachable', message: /videos\.test\/watch.*status 1/ });
    await expect(asking).rejects.not.toThrow('secret');
  });

  test.each([
    'console.log("not json")',
    'console.log("[]")',
    'console.log("null")',
    '',
    'console.log(JSON.stringify({ url: 5 }))',
    'console.log(JSON.stringify({ _type: "playlist", entries: [] }).replace("[]", "[7]"))',
  ])('garbage is unreachable: %s', async (script) => {
    await standIn(script);
    await expect(resolve()).rejects.toMatchObject({ code: 'input.unreachable' });
  });

  test('an endless answer ends at a limit, and so does the program', async () => {
    await standIn(`const s = 'x'.repeat(1 << 20); const more = () => process.stdout.write(s, more); more();`);
    await expect(resolve(page, 30)).rejects.toMatchObject({ code: 'input.unreachable', message: /too long/ });
    expect(await isAlive((await told()).pid)).toBe(false);
  });

  test('a program that hangs ends at its deadline, with what it started', async () => {
    const child = join(folder, 'child.pid');
    await standIn(`const { spawn } = require('node:child_process');
      const c = spawn('sleep', ['60'], { stdio: 'inherit' });
      require('node:fs').writeFileSync(${JSON.stringify(child)}, String(c.pid));
      process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);`);
    await expect(resolve(page, 1)).rejects.toMatchObject({ code: 'input.unreachable', message: /within 1 seconds/ });
    await expect.poll(async () => isAlive(Number(await readFile(child, 'utf8')))).toBe(false);
  });

  test('a program that ends and leaves another with its pipes is not waited for', async () => {
    await standIn(`require('node:child_process').spawn('sleep', ['60'], { stdio: 'inherit' }).unref();
      console.log(${JSON.stringify(JSON.stringify(direct))}); process.exit(0)`);
    expect(await resolve()).toMatchObject({ url: direct.url });
  });

  test('stops with the reason of its signal', async () => {
    await standIn('setInterval(() => {}, 1000)');
    const stop = new AbortController();
    const reason = new Error('canceled');
    setTimeout(() => stop.abort(reason), 300);
    await expect(resolve(page, 30, stop.signal)).rejects.toBe(reason);
  });

  test('a program that is not there is unreachable', async () => {
    const resolver = ytDlpPageResolver({ program: join(dirname(program()), 'nothing') });
    await expect(resolver.resolve(page)).rejects.toMatchObject({ code: 'input.unreachable' });
  });

  test.each(['--exec=touch x', 'file:///etc/passwd', 'ytsearch:cats', '', 'https://', 'https://ana:pw@videos.test/'])(
    'the program is not asked for "%s"',
    async (address) => {
      await saying(direct);
      await expect(resolve(address)).rejects.toMatchObject({ code: 'input.not_found' });
      await expect(told()).rejects.toThrow('ENOENT');
    },
  );
});
