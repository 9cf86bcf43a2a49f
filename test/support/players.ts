/** Plays streams in headless Chromium with hls.js and dash.js, as a visitor's browser does. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { launchBrowser } from './browser.ts';

const library = (file: string): string => join(import.meta.dirname, '../../node_modules', file);
const scripts: Readonly<Record<string, string>> = {
  '/play.js': join(import.meta.dirname, 'play.page.js'),
  '/hls.js': library('hls.js/dist/hls.min.js'),
  '/dash.js': library('dashjs/dist/modern/umd/dash.all.min.js'),
};
const types: Readonly<Record<string, string>> = {
  m3u8: 'application/vnd.apple.mpegurl',
  mpd: 'application/dash+xml',
  js: 'text/javascript',
};
const page =
  '<!doctype html><video muted playsinline></video><script src="/hls.js"></script><script src="/dash.js"></script><script src="/play.js"></script>';

/** What a request to the loopback server is answered with, apart from the page and its scripts. */
export type Content = (path: string) => Promise<Buffer | undefined>;

/** A page with both players; everything else is `content`. */
const startPage = async (content: Content) => {
  const answer = async (path: string): Promise<{ type: string; body: Buffer | string } | undefined> => {
    if (path === '/') return { type: 'text/html', body: page };
    const body = scripts[path] ? await readFile(scripts[path]) : await content(path);
    return body && { type: types[path.split('.').at(-1) ?? ''] ?? 'video/mp4', body };
  };
  const server = createServer((request, response) => {
    void answer(new URL(request.url ?? '/', 'http://page').pathname).then((found) => {
      response.writeHead(found ? 200 : 404, { 'content-type': found?.type ?? 'text/plain' });
      response.end(found?.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // true: it listens on a port
  return { url: `http://127.0.0.1:${port}/`, close: () => void server.close() };
};

export interface Watched {
  /** Of all renditions that the player knows, in its order. */
  readonly heights: readonly number[];
  /** The height of the picture in the first quarter, and at the end. */
  readonly seen: readonly [number, number];
  readonly endedAt: number;
  readonly duration: number;
  /** How many pictures the browser handled, and how many of them it could not decode. */
  readonly frames: number;
  readonly corrupted: number;
  readonly errors: readonly string[];
}

export interface Players {
  /** Plays all of it, changing from one rendition to another. `token` is sent with every request. */
  watch(
    player: 'hls' | 'dash',
    url: string,
    options?: { readonly from?: number; readonly to?: number; readonly token?: string },
  ): Promise<Watched>;
  readonly origin: string;
  close(): Promise<void>;
}

/** Start it once per file of tests, and close it. */
export const startPlayers = async (content: Content): Promise<Players> => {
  const served = await startPage(content);
  const browser = await launchBrowser();
  return {
    origin: served.url,
    watch: async (player, url, { from = 0, to = from, token } = {}) => {
      const tab: Page = await browser.newPage();
      try {
        await tab.goto(served.url);
        const what = JSON.stringify({ player, url, token, from, to });
        return await tab.evaluate<Watched>(`play(${what})`);
      } finally {
        await tab.close();
      }
    },
    close: async () => {
      await browser.close();
      served.close();
    },
  };
};
