/** The console as it is deployed: behind one address with the API, files at an origin of their own, accounts in a user pool. */
import { readFile } from 'node:fs/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { launchBrowser, noBrowser } from '#test/support/browser.ts';
import { type Clips, makeClips } from '#test/support/clips.ts';
import { startFronts } from '#test/support/front.ts';
import { newDataFolder, removeFolder, type Server, startServer } from '#test/support/server.ts';

const account = { name: 'Ada', email: 'ada@example.com', password: 'Correct-horse-7-staple' };

// What is asked of elements: the types of browsers are not loaded here.
interface Picture {
  readonly naturalWidth: number;
  readonly src: string;
  decode(): Promise<void>;
}
interface Video {
  readonly currentTime: number;
}

describe.skipIf(noBrowser)(noBrowser ?? 'the console behind a front', () => {
  let server: Server;
  let fronts: Awaited<ReturnType<typeof startFronts>>;
  let browser: Browser;
  let clips: Clips;
  let context: BrowserContext;
  let page: Page;
  /** What a person would see in the browser's console, and what the policy of the page or the rules of the bucket refused. */
  let complaints: string[];

  beforeAll(async () => {
    clips = await makeClips();
    server = await startServer({ dataFolder: await newDataFolder() });
    await fetch(`${server.url}/v1/users`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await server.token('local')}`, 'content-type': 'application/json' },
      body: JSON.stringify(account),
    });
    fronts = await startFronts(server.url, { email: account.email, password: account.password });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await fronts.close();
    await server.end('SIGTERM');
    await removeFolder(server.dataFolder);
    await clips.close();
  });
  beforeEach(async () => {
    context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    page = await context.newPage();
    complaints = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
  });
  afterEach(() => context.close());

  const ended = (): Promise<unknown> =>
    page.locator('.page-head [data-status="succeeded"]').waitFor({ timeout: 60_000 });
  const signInButton = () => page.getByRole('button', { name: 'Sign in', exact: true });

  test('takes a password where the pages to sign in do not lead back, and files go to the bucket and come from it', async () => {
    await page.goto(fronts.other.url);
    await page.getByLabel('E-mail').fill(account.email);
    await page.getByLabel('Password').fill(account.password);
    expect(await page.getByText('npm run console').count()).toBe(0);
    expect(await page.getByRole('link', { name: 'the page to sign in' }).getAttribute('href')).toContain('/login?');
    await signInButton().click();
    await page.getByRole('heading', { name: 'Drop a video here' }).waitFor();

    const bytes = (await readFile(await clips.path('short.mp4'))).toString('base64');
    const dropped = await page.evaluateHandle(`(() => {
      const made = new DataTransfer();
      const bytes = Uint8Array.from(atob('${bytes}'), (letter) => letter.codePointAt(0));
      made.items.add(new File([bytes], 'holiday.mp4', { type: 'video/mp4' }));
      return made;
    })()`);
    await page.dispatchEvent('.welcome', 'drop', { dataTransfer: dropped });
    await page.getByText('uploaded').waitFor();
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await ended();
    const picture = page.getByRole('article', { name: 'Output thumb' }).locator('img');
    await picture.waitFor();
    expect(await picture.evaluate((image: Picture) => image.decode().then(() => image.naturalWidth))).toBe(320);
    expect(await picture.evaluate((image: Picture) => image.src)).toContain(fronts.bucket);
    await page.goto(`${fronts.other.url}/#/system`);
    await page.getByRole('heading', { name: 'Queue' }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('signs in on the pages of the user pool, comes back to where it was, plays a stream, and signs out of both', async () => {
    const { url } = fronts.leading;
    // A code that this tab did not ask for signs nobody in, even while it asks for one.
    await page.route('**/oauth2/authorize?**', (route) => route.fulfill({ status: 204 }));
    await page.goto(url);
    await signInButton().click();
    await page.waitForFunction('sessionStorage.length > 0');
    await page.goto(`${url}/?code=of-somebody-else&state=unknown`);
    await signInButton().waitFor();
    expect(page.url()).toBe(`${url}/`);
    expect(fronts.seen.map(({ path }) => path)).toEqual([]);
    await page.unroute('**/oauth2/authorize?**');

    await page.goto(`${url}/#/new`);
    await signInButton().click();
    await page.getByRole('heading', { name: 'New job', level: 1 }).waitFor();
    expect(page.url()).toBe(`${url}/#/new`);
    expect(fronts.seen.map(({ path }) => path)).toEqual(['/oauth2/authorize', '/oauth2/token']);
    expect(await page.evaluate('sessionStorage.length')).toBe(1);

    await page.getByRole('radio', { name: 'JSON' }).check();
    const job = { inputs: { film: { test: { seconds: 2, size: '320x240' } } }, outputs: { hls: 'hls' } };
    await page.getByLabel('Job', { exact: true }).fill(JSON.stringify(job));
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await ended();
    await page.getByRole('button', { name: 'Play the stream' }).click();
    const video = page.getByRole('article', { name: 'Output hls' }).locator('video');
    await expect
      .poll(() => video.evaluate((element: Video) => element.currentTime), { timeout: 15_000 })
      .toBeGreaterThan(0);
    await page.reload();
    const back = page.waitForEvent('load');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await back;
    await signInButton().waitFor();
    expect(fronts.seen.at(-1)).toMatchObject({
      path: '/logout',
      query: { client_id: 'console', logout_uri: `${url}/` },
    });
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
    expect(complaints).toEqual([]);
  });
});
