/** What README.md prints and what lies in examples/ is run as it stands, against a server. */
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readdir, readFile, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '#cli/client.ts';
import type { JobView } from '#core/job/view.ts';
import { type Clips, makeClips } from '#test/support/clips.ts';
import { inspect } from '#test/support/inspect.ts';
import { newDataFolder, removeFolder, type Server, startServer } from '#test/support/server.ts';
import { clientOf } from './deployment.ts';

const run = promisify(execFile);
const repository = join(import.meta.dirname, '../..');

let clips: Clips;
let server: Server;
let ana: Client;
let uploads: { VIDEO: string; LOGO: string };

beforeAll(async () => {
  clips = await makeClips();
  server = await startServer({ dataFolder: await newDataFolder() });
  ana = await clientOf(server, 'ana');
  uploads = {
    VIDEO: await ana.upload(await clips.path('short.mp4')),
    LOGO: await ana.upload(await clips.path('logo.png')),
  };
});
afterAll(async () => {
  await server.end('SIGTERM');
  await Promise.all([removeFolder(server.dataFolder), clips.close()]);
});

/** The first block of that language behind the text. */
const blockAfter = async (text: string, language: string, file = 'README.md'): Promise<string> => {
  const readme = await readFile(join(repository, file), 'utf8');
  const [, block] = readme.slice(readme.indexOf(text)).split(new RegExp(`^\`\`\`(?:${language})?\\n`, 'm'));
  if (!readme.includes(text) || !block) throw new Error(`${file} has no ${language} after "${text}"`);
  return block;
};

const runJob = async (text: string): Promise<JobView> => {
  const { id } = await ana.submit(JSON.parse(text));
  return ana.ended(id);
};

const hasCurl = await run('curl', ['--version']).then(
  () => true,
  () => false,
);

describe('README.md', () => {
  test.skipIf(!hasCurl)('prints a session with curl that works (skipped without curl)', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kinoduct-readme-'));
    try {
      await copyFile(await clips.path('short.mp4'), join(folder, 'clip.mp4'));
      await symlink(server.dataFolder, join(folder, '.kinoduct'));
      const script = await blockAfter('<!-- session:', 'sh');
      expect(script).toContain('API=http://127.0.0.1:8787');
      const here = script.replace('http://127.0.0.1:8787', server.url);
      await run('bash', ['-euo', 'pipefail', '-c', here], { cwd: folder, timeout: 60_000 });
      const [web, cover] = await Promise.all(['web.mp4', 'cover.jpg'].map((name) => readFile(join(folder, name))));
      expect(await inspect(web ?? Buffer.alloc(0))).toMatchObject({ video: { codec: 'h264', width: 320 } });
      expect(await inspect(cover ?? Buffer.alloc(0))).toMatchObject({ video: { codec: 'mjpeg' } });
    } finally {
      await removeFolder(folder);
    }
  });

  test('prints a job that makes the files that it names', async () => {
    const [video = '', logo = ''] = (await blockAfter('## A job', 'json')).match(/upl_\w+/g) ?? [];
    const text = await blockAfter('## A job', 'json');
    const job = await runJob(text.replace(video, uploads.VIDEO).replace(logo, uploads.LOGO));
    expect(job.status).toBe('succeeded');
    const made = Object.values(job.outputs).flatMap(({ files }) => files.map(({ name }) => name));
    expect(made.toSorted()).toEqual(['cover.jpg', 'marked.mp4', 'preview.gif', 'sound.mp3', 'web.mp4']);
  });
});

describe('docs/auth.md', () => {
  test.skipIf(!hasCurl)('prints a session with curl that works (skipped without curl)', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kinoduct-auth-'));
    try {
      await symlink(server.dataFolder, join(folder, '.kinoduct'));
      const script = await blockAfter('<!-- session:', 'sh', 'docs/auth.md');
      const here = script.replace('http://127.0.0.1:8787', server.url);
      const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', here], { cwd: folder, timeout: 60_000 });
      expect(stdout).toContain('"status":"active"');
      expect(stdout).toContain('"admin":false,"name":"Ana"');
    } finally {
      await removeFolder(folder);
    }
  });
});

describe('examples/', async () => {
  const examples = (await readdir(join(repository, 'examples'))).filter((name) => name.endsWith('.json'));

  test.each(examples)('%s makes every output', async (name) => {
    const text = await readFile(join(repository, 'examples', name), 'utf8');
    const job = await runJob(text.replaceAll('VIDEO', uploads.VIDEO).replaceAll('LOGO', uploads.LOGO));
    expect(job.error).toBeNull();
    for (const output of Object.values(job.outputs)) expect(output).toMatchObject({ status: 'succeeded' });
  });

  test('lists them all in its README', async () => {
    const readme = await readFile(join(repository, 'examples/README.md'), 'utf8');
    for (const name of examples) expect(readme).toContain(`](${name})`);
  });
});
