/** The console as people use it: in a browser, with a mouse or without one, by day and by night. */
import { readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { launchBrowser, noBrowser } from '#test/support/browser.ts';
import { type Clips, makeClips } from '#test/support/clips.ts';
import { newDataFolder, removeFolder, type Server, startServer } from '#test/support/server.ts';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** What a screen reader would call the element that has the focus, nearly. */
const focused = `(() => {
  const element = document.activeElement;
  const labels = [...(element.labels ?? [])].map((label) => label.textContent);
  return element.getAttribute('aria-label') ?? [element.textContent, ...labels].join(' ').trim();
})()`;

// What is asked of elements: the types of browsers are not loaded here.
interface Picture {
  readonly naturalWidth: number;
  decode(): Promise<void>;
}
interface Video {
  readonly videoWidth: number;
  readonly currentTime: number;
}

/** A machine that is busy with FFmpeg is slow to draw. */
const eventually = <T>(look: () => Promise<T>) => expect.poll(look, { timeout: 15_000 });

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string }[];
}

describe.skipIf(noBrowser)(noBrowser ?? 'the console', () => {
  let server: Server;
  let browser: Browser;
  let clips: Clips;
  let context: BrowserContext;
  let page: Page;
  /** What a person would see in the browser's console, and what the policy of the page refused. */
  let complaints: string[];

  const link = async (): Promise<string> => {
    const answer = await fetch(`${server.url}/console/links`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await server.token('local')}` },
    });
    return `${server.url}${((await answer.json()) as { path: string }).path}`; // true: local/console.ts
  };

  const newPage = async (options: Parameters<Browser['newContext']>[0] = {}): Promise<void> => {
    context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    page = await context.newPage();
    complaints = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
  };

  const signIn = async (): Promise<void> => {
    await page.goto(await link());
    await page.getByRole('heading', { name: 'Jobs', exact: true }).waitFor();
  };

  const visit = async (place: string, heading: string): Promise<void> => {
    await page.goto(`${server.url}/#${place}`);
    await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
  };

  /** Drops a file where a user would. */
  const drop = async (file: string, onto: string): Promise<void> => {
    const bytes = (await readFile(file)).toString('base64');
    const transfer = await page.evaluateHandle(`(() => {
      const made = new DataTransfer();
      const bytes = Uint8Array.from(atob('${bytes}'), (letter) => letter.codePointAt(0));
      made.items.add(new File([bytes], 'holiday.mp4', { type: 'video/mp4' }));
      return made;
    })()`);
    await page.dispatchEvent(onto, 'drop', { dataTransfer: transfer });
  };

  const ended = (): Promise<unknown> =>
    page.locator('.page-head [data-status="succeeded"]').waitFor({ timeout: 60_000 });

  beforeAll(async () => {
    clips = await makeClips();
    server = await startServer({ dataFolder: await newDataFolder() });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server.end('SIGTERM');
    await removeFolder(server.dataFolder);
    await clips.close();
  });
  beforeEach(() => newPage());
  afterEach(() => context.close());

  test('a file that is dropped becomes a job, whose picture is seen and whose file is downloaded', async () => {
    await page.goto(/http\S+#link=\S+/.exec(server.printed())?.[0] ?? '');
    await page.getByRole('heading', { name: 'Drop a video here' }).waitFor();
    expect(page.url()).toBe(`${server.url}/#/`);
    await drop(await clips.path('short.mp4'), '.welcome');
    await page.getByText('uploaded').waitFor();
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByRole('heading', { name: 'holiday.mp4' }).waitFor();
    await page.locator('.page-head [data-status="running"]').waitFor();
    await ended();

    const picture = page.getByRole('article', { name: 'Output thumb' }).locator('img');
    await picture.waitFor();
    expect(await picture.evaluate((image: Picture) => image.decode().then(() => image.naturalWidth))).toBe(320);
    const video = page.getByRole('article', { name: 'Output mp4-fast' }).locator('video');
    await eventually(() => video.evaluate((element: Video) => element.videoWidth)).toBe(320);

    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download mp4-fast.mp4' }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe('mp4-fast.mp4');
    expect((await stat(await download.path())).size).toBeGreaterThan(10_000);

    await visit('/', 'Jobs');
    const thumbnail = page.locator('.thumbnail img');
    await eventually(() => thumbnail.evaluate((image: Picture) => image.naturalWidth)).toBe(320);
    expect(complaints).toEqual([]);
    expect(await page.evaluate('localStorage.length')).toBe(0);
  });

  test('a stream is played, and a storyboard shows the moment that one points at', async () => {
    await signIn();
    await visit('/new', 'New job');
    await page.getByRole('radio', { name: 'JSON' }).check();
    const inputs = { film: { test: { seconds: 2, size: '320x240' } } };
    const outputs = { hls: 'hls', board: { type: 'sprite', every: 0.5, vtt: true } };
    await page.getByLabel('Job', { exact: true }).fill(JSON.stringify({ inputs, outputs }));
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await ended();
    await page.getByRole('button', { name: 'Play the stream' }).click();
    const video = page.getByRole('article', { name: 'Output hls' }).locator('video');
    await eventually(() => video.evaluate((element: Video) => element.currentTime)).toBeGreaterThan(0);
    await page.getByRole('slider', { name: 'Moment' }).focus();
    await page.keyboard.press('End');
    await page.getByRole('img', { name: 'The picture at 0:02' }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('everything from the link to the running job can be done by keyboard', async () => {
    await signIn();
    /** Tabs on until the focus is on something of that name. */
    const tabTo = async (name: RegExp): Promise<void> => {
      for (let presses = 0; presses < 80; presses += 1) {
        await page.keyboard.press('Tab');
        const at = await page.evaluate<string>(focused);
        if (name.test(at)) return;
      }
      throw new Error(`the focus never came to ${name}`);
    };
    await tabTo(/^To the content/);
    await tabTo(/^New job/);
    await page.keyboard.press('Enter');
    await eventually(() => page.evaluate('document.activeElement.textContent')).toBe('New job');
    await tabTo(/^Test clip/);
    await page.keyboard.press('Enter');
    await tabTo(/^MP4 *H.264, made/);
    await page.keyboard.press('Space');
    await tabTo(/^Start$/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /^Test clip/ }).waitFor();
    expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
    await tabTo(/^(?:Cancel|Delete)$/);
    await ended();
    await page.getByRole('button', { name: 'Delete', exact: true }).focus();
    await page.keyboard.press('Enter');
    await eventually(() => page.evaluate("document.activeElement.closest('dialog') !== null")).toBe(true);
    await page.keyboard.press('Escape');
    await eventually(() => page.locator('dialog').count()).toBe(0);
  });

  test('what is wrong with a job stands at its field and at its line', async () => {
    await signIn();
    await visit('/new', 'New job');
    await page.getByRole('radio', { name: 'Template' }).check();
    await page.getByRole('radio', { name: /^convert/ }).check();
    await page.getByRole('button', { name: 'Test clip' }).click();
    await page.getByRole('radio', { name: /^vod/ }).check();
    await page.getByLabel('Height').fill('20000');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await eventually(() => page.getByLabel('Height').getAttribute('aria-invalid')).toBe('true');
    await page.getByRole('radio', { name: 'JSON' }).check();
    expect(await page.getByLabel('Job', { exact: true }).inputValue()).toContain('"height": 20000');
    await page
      .getByLabel('Job', { exact: true })
      .fill('{\n  "inputs": { "in": { "test": { "seconds": 1 } } },\n  "outputs": {\n    "out": "mp5"\n  }\n}');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByRole('button', { name: 'Line 4' }).click();
    const marked =
      'document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)';
    expect(await page.evaluate(marked)).toBe('"mp5"');
  });

  test('a load test keeps to its number of jobs at once, and tells how long they took', async () => {
    await signIn();
    await visit('/load-test', 'Load test');
    await page.getByLabel('Jobs', { exact: true }).fill('3');
    await page.getByLabel('At once').fill('2');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByRole('heading', { name: '3 of 3 jobs' }).waitFor({ timeout: 60_000 });
    await page.getByText('ended', { exact: true }).waitFor();
    expect(await page.locator('.chart .bar-run').count()).toBe(3);
    expect(await page.locator('.facts').textContent()).toMatch(/half within[\d.]+ s.*failed0/);

    await page.getByLabel('Jobs', { exact: true }).fill('20');
    await page.getByLabel('Size of each').selectOption('5');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByText('2 under way').waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('ended', { exact: true }).waitFor();
    await visit('/system', 'System');
    await page.getByText('nothing waits').waitFor();
    expect(await page.getByRole('region', { name: 'Rows of the database' }).textContent()).toMatch(/jobs\d+/);
    expect(await page.getByRole('region', { name: 'Stored files' }).textContent()).toMatch(
      /Outputs \(\d+\)[\d.]+ [kM]B/,
    );
  });

  test('a server that is started again is found again, and the session goes on', async () => {
    await signIn();
    const { dataFolder, url } = server;
    await server.end('SIGTERM');
    await page.getByRole('link', { name: 'System', exact: true }).click();
    await page.getByText('The server does not answer. Trying again').waitFor();
    server = await startServer({ dataFolder, args: ['--port', new URL(url).port] });
    await page.getByText('nothing waits').waitFor({ timeout: 20_000 });
    expect(await page.locator('.offline').count()).toBe(0);
  });

  test('a link works once, a new tab asks the first, and signing out ends both', async () => {
    const used = await link();
    await page.goto(used);
    await page.getByRole('heading', { name: 'Jobs', exact: true }).waitFor();
    const second = await context.newPage();
    await second.goto(server.url);
    await second.getByRole('heading', { name: 'Jobs', exact: true }).waitFor();
    await second.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('npm run console').waitFor();
    await page.goto('about:blank');
    await page.goto(used);
    await page.getByText('That link has been used').waitFor();
    await page.getByText('Use a token instead').click();
    await page.getByLabel('Token').fill(await server.token('ana'));
    await page.getByRole('button', { name: 'Sign in with the token' }).click();
    await page.getByRole('heading', { name: 'Drop a video here' }).waitFor(); // ana has no jobs
  });

  test('who has an account signs in with it, and a wrong password is refused in words', async () => {
    const account = { name: 'Ada', email: 'ada@example.com', password: 'Correct-horse-7-staple' };
    const made = await fetch(`${server.url}/v1/users`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await server.token('local')}`, 'content-type': 'application/json' },
      body: JSON.stringify(account),
    });
    expect(made.status).toBe(201);
    await page.goto(server.url);
    await page.getByLabel('E-mail').fill(account.email);
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await eventually(() => page.getByLabel('Password').getAttribute('aria-invalid')).toBe('true');
    await page.getByLabel('Password').fill(account.password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('heading', { name: 'Drop a video here' }).waitFor();
    await visit('/system', 'System');
    await page.getByRole('heading', { name: 'Queue' }).waitFor();
    expect(await page.getByRole('heading', { name: 'This machine' }).count()).toBe(0);
  });

  test('no page keeps anybody out, by day or by night', async () => {
    await signIn();
    const source = await readFile(axe, 'utf8');
    const found: unknown[] = [];
    const check = async (place: string, options: string): Promise<void> => {
      const { violations } = await page.evaluate<{ violations: Violation[] }>(`axe.run(${options})`);
      for (const { id, impact, nodes } of violations)
        if (impact === 'serious' || impact === 'critical')
          found.push({ place, id, nodes: nodes.map(({ html }) => html) });
    };
    const job = await page.locator('.job-title').last().getAttribute('href');
    for (const [place, heading] of [
      ['/', /^Jobs$/],
      ['/new', /^New job$/],
      ['/library', /^Library$/],
      ['/webhooks', /^Webhooks$/],
      ['/load-test', /^Load test$/],
      ['/system', /^System$/],
      [job?.slice(1) ?? '', /./],
    ] as const) {
      await page.goto(`${server.url}/#${place}`);
      await page.getByRole('heading', { level: 1, name: heading }).waitFor();
      await page.locator('.loading').first().waitFor({ state: 'detached' });
      await page.evaluate(source);
      await check(place, '');
      await page.emulateMedia({ colorScheme: 'dark' });
      await check(`${place} at night`, "{ runOnly: ['color-contrast'] }");
      await page.emulateMedia({ colorScheme: 'light' });
    }
    expect(found).toEqual([]);
  });

  test('at night it is dark', async () => {
    await signIn();
    const day = await page.screenshot();
    await page.emulateMedia({ colorScheme: 'dark' });
    const ground = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    for (const part of ground.match(/\d+/g) ?? ['255']) expect(Number(part)).toBeLessThan(40);
    expect((await page.screenshot()).equals(day)).toBe(false);
  });

  test('on a phone nothing has to be scrolled sideways', async () => {
    await context.close();
    await newPage({ viewport: { width: 375, height: 720 } });
    await signIn();
    const job = await page.locator('.job-title').last().getAttribute('href');
    for (const place of ['/', '/new', '/library', '/webhooks', '/load-test', '/system', job?.slice(1) ?? '']) {
      await page.goto(`${server.url}/#${place}`);
      await page.locator('h1').waitFor();
      await page.locator('.loading').first().waitFor({ state: 'detached' });
      expect(await page.evaluate('document.documentElement.scrollWidth'), place).toBeLessThanOrEqual(375);
    }
  });
});

describe('the server of the console', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer({ dataFolder: await newDataFolder() });
  });
  afterAll(async () => {
    await server.end('SIGTERM');
    await removeFolder(server.dataFolder);
  });

  const ask = (path: string, init: RequestInit = {}): Promise<Response> => fetch(`${server.url}${path}`, init);

  test('answers pages to browsers and JSON to everyone else', async () => {
    const answer = await ask('/', { headers: { accept: 'text/html,*/*;q=0.8' } });
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = answer.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toContain('unsafe');
    const scripts = [...(await answer.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => `/${path}`);
    expect(scripts).toHaveLength(3);
    for (const path of scripts) {
      const file = await ask(path);
      expect(file.status).toBe(200);
      expect(file.headers.get('cache-control')).toContain('immutable');
    }
    expect(await (await ask('/')).json()).toMatchObject({ name: 'kinoduct' });
    expect((await ask('/console/no-such-file.js')).status).toBe(404);
  });

  test('gives links and facts to who runs it, and to nobody else', async () => {
    const headers = async (owner: string) => ({ authorization: `Bearer ${await server.token(owner)}` });
    for (const [method, path] of [
      ['POST', '/console/links'],
      ['GET', '/console/system'],
    ] as const) {
      expect((await ask(path, { method })).status, path).toBe(401);
      expect((await ask(path, { method, headers: await headers('ana') })).status, path).toBe(403);
      expect((await ask(path, { method, headers: await headers('local') })).ok, path).toBe(true);
    }
    const guess = await ask('/console/session', { method: 'POST', body: JSON.stringify({ link: 'guess' }) });
    expect(guess.status).toBe(401);
    const foreign = await ask('/console/session', {
      method: 'POST',
      headers: { origin: 'https://example.com' },
      body: JSON.stringify({ link: /#link=(\S+)/.exec(server.printed())?.[1] }),
    });
    expect(foreign.status).toBe(403);
  });
});
