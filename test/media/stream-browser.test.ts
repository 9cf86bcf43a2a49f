/** Streams as a visitor's browser plays them: headless Chromium with hls.js and dash.js. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CarriedOut } from '#test/support/carry-out.ts';
import { lavfi, type MediaHouse, mediaHouse, x264 } from '#test/support/media-house.ts';
import { noBrowser } from '#test/support/browser.ts';
import { type Players, startPlayers } from '#test/support/players.ts';
import { readHls } from '#test/support/streams.ts';

describe.skipIf(noBrowser)(noBrowser ?? 'in a browser', () => {
  let house: MediaHouse;
  let players: Players;
  const made = new Map<string, CarriedOut>();

  beforeAll(async () => {
    house = await mediaHouse();
    const sound = ['-c:a', 'aac'];
    await house.make('wide', 'wide.mp4', [
      ...lavfi('testsrc2=s=1280x720:r=30000/1001:d=6', 'sine=f=440:d=6'),
      ...[...x264, ...sound],
    ]);
    await house.make('portrait', 'portrait.mp4', [
      ...lavfi('testsrc2=s=360x640:r=25:d=8.04', 'sine=d=2'),
      ...x264,
      ...sound,
    ]);
    await house.make('mute', 'mute.mp4', [...lavfi('testsrc2=s=426x240:r=24:d=3'), ...x264]);
    await house.make('frame', 'frame.mp4', [...lavfi('testsrc2=s=320x240:r=25'), '-frames:v', '1', ...x264]);
    players = await startPlayers(async (path) => {
      const [name = '', file = ''] = path.slice(1).split('/');
      const at = join(made.get(name)?.folder ?? '', file);
      return file !== '' && existsSync(at) ? readFile(at) : undefined;
    });
  });
  afterAll(async () => {
    await players.close();
    await house.remove();
  });

  test.each([
    ['wide', 6],
    ['portrait', 8.04],
    ['mute', 3],
    ['frame', 0.04],
  ])('a %s stream plays to its end in every rendition, from either playlist', async (name, seconds) => {
    const output = { type: 'stream', formats: ['hls', 'dash'], segmentSeconds: 2 };
    const stream = await house.run({ abr: output }, [name]);
    made.set(name, stream);
    const heights = readHls(stream, 'abr')
      .video.map(({ size }) => Number(size.split('x')[1]))
      .toSorted((a, b) => a - b);
    for (const [player, playlist] of [
      ['hls', 'master.m3u8'],
      ['dash', 'manifest.mpd'],
    ] as const) {
      // Two renditions at a time, so that each is seen once.
      for (let from = 0; from < heights.length; from += 2) {
        const to = (from + 1) % heights.length;
        const watched = await players.watch(player, `${players.origin}${name}/${playlist}`, { from, to });
        expect(watched).toMatchObject({ errors: [], corrupted: 0, heights, seen: [heights[from], heights[to]] });
        expect(Math.abs(watched.endedAt - seconds)).toBeLessThan(0.05);
        expect(Math.abs(watched.duration - seconds)).toBeLessThan(0.05);
      }
    }
  });
});
