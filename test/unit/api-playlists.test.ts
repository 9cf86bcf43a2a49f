/** Files that name other files are answered by the API itself, so that the names in them lead back to it. */
import { describe, expect, test } from 'vitest';
import { apiHarness } from '#test/support/api.ts';
import { aJob, at, jobId, runId } from '#test/support/records.ts';

const text = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv240.m3u8\n';
const keyOf = (name: string): string => `outputs/ana/${jobId(1)}/make-abr/${runId(1)}/${name}`;
const file = (name: string, type: string, bytes = text.length) => ({
  name,
  key: keyOf(name),
  bytes,
  type,
  sha256: 'a'.repeat(64),
});
const playlist = 'application/vnd.apple.mpegurl';
const files = [
  file('master.m3u8', playlist),
  file('manifest.mpd', 'application/dash+xml'),
  file('huge.m3u8', playlist, 8 * 2 ** 20),
  file('gone.m3u8', playlist),
  file('v240-00001.m4s', 'video/iso.segment'),
];
const job = aJob({
  version: 4,
  status: 'succeeded',
  attempt: 1,
  outputs: {
    abr: {
      status: 'succeeded',
      phase: 'done',
      progress: 1,
      files,
      attestation: null,
      warnings: [],
      reason: null,
      store: true,
      reused: false,
    },
  },
  spec: { inputs: { video: 'upl_01J9ZK3V8Q6X4T2N7M5R1W0YBD' }, outputs: { abr: 'hls' } },
  startedAt: at(1),
  endedAt: at(9),
});
const path = `/v1/jobs/${jobId(1)}/outputs/abr`;

const harness = async () => {
  const made = apiHarness({ jobs: [job] });
  for (const { key, type } of files.slice(0, 3)) await made.objects.write(key, text, { contentType: type });
  return made;
};

describe('an output that is opened through a playlist', () => {
  test('redirects to the playlist, beside which its other files lie', async () => {
    const { call } = await harness();
    const { status, headers, body } = await call('GET', path);
    expect([status, body]).toEqual([302, '']);
    const location = new URL(headers['location'] ?? '', `https://api.test${path}`);
    expect(location.pathname).toBe(`${path}/master.m3u8`);
  });

  test.each([
    ['master.m3u8', playlist],
    ['manifest.mpd', 'application/dash+xml'],
  ])('%s is answered itself', async (name, type) => {
    const { call } = await harness();
    const { status, headers, body } = await call('GET', `${path}/${name}`);
    expect([status, body, headers['content-type'], headers['cache-control']]).toEqual([200, text, type, 'no-store']);
  });

  test('a segment is opened at its signed address', async () => {
    const { call } = await harness();
    const { status, headers } = await call('GET', `${path}/v240-00001.m4s`);
    expect([status, new URL(headers['location'] ?? '').pathname]).toEqual([302, `/${keyOf('v240-00001.m4s')}`]);
  });

  test('a client that asks for JSON gets addresses, of the playlist too', async () => {
    const { call } = await harness();
    for (const target of [path, `${path}/master.m3u8`]) {
      const { status, json } = await call('GET', target, { headers: { accept: 'application/json' } });
      expect([status, new URL(json.url).pathname]).toEqual([200, `/${keyOf('master.m3u8')}`]);
    }
  });

  test('a playlist that does not fit into an answer is opened at its signed address', async () => {
    const { call } = await harness();
    expect((await call('GET', `${path}/huge.m3u8`)).status).toBe(302);
  });

  test('a playlist whose bytes are gone is not found', async () => {
    const { call } = await harness();
    expect((await call('GET', `${path}/gone.m3u8`)).status).toBe(404);
  });

  test('nobody else opens it', async () => {
    const { call } = await harness();
    expect((await call('GET', `${path}/master.m3u8`, { owner: 'ben' })).status).toBe(404);
  });
});
