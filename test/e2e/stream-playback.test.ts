/** A stream as it is watched from the API: playlists in place, everything else behind a redirect. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '#cli/client.ts';
import { noBrowser } from '#test/support/browser.ts';
import { type Players, startPlayers } from '#test/support/players.ts';
import { newDataFolder, removeFolder, type Server, startServer } from '#test/support/server.ts';
import { clientOf } from './deployment.ts';

describe.skipIf(noBrowser)(noBrowser ?? 'a stream in a browser, from the API', () => {
  let server: Server;
  let ana: Client;
  let players: Players;

  beforeAll(async () => {
    server = await startServer({ dataFolder: await newDataFolder() });
    ana = await clientOf(server, 'ana');
    const headers = { authorization: `Bearer ${await server.token('ana')}` };
    // The page must come from the same place as what it plays: the server answers no other page.
    players = await startPlayers(async (path) => {
      const answer = await fetch(`${server.url}${path}`, { headers });
      return answer.ok ? Buffer.from(await answer.arrayBuffer()) : undefined;
    });
  });
  afterAll(async () => {
    await players.close();
    await server.end('SIGTERM');
    await removeFolder(server.dataFolder);
  });

  test('plays to its end, by HLS and by DASH, with addresses that are relative to its own', async () => {
    const { id } = await ana.submit({
      inputs: { in: { test: { seconds: 6, size: '640x360' } } },
      outputs: { abr: { type: 'stream', formats: ['hls', 'dash'], segmentSeconds: 2 } },
    });
    const job = await ana.ended(id);
    expect(job).toMatchObject({ status: 'succeeded', error: null });
    for (const [player, playlist] of [
      ['hls', 'master.m3u8'],
      ['dash', 'manifest.mpd'],
    ] as const) {
      const url = `${players.origin}v1/jobs/${id}/outputs/abr/${playlist}`;
      const watched = await players.watch(player, url, { from: 0, to: 1 });
      expect(watched).toMatchObject({ errors: [], corrupted: 0, heights: [240, 360], seen: [240, 360] });
      expect(watched.endedAt).toBeCloseTo(6, 1);
    }
  });
});
