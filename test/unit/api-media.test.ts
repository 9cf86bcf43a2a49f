import { describe, expect, test } from 'vitest';
import { apiHarness } from '#test/support/api.ts';
import { aMedia, aProbe, mediaId } from '#test/support/records.ts';

const sha = (n: number): string => n.toString(16).padStart(64, '0');
const three = [1, 2, 3].map((n) => {
  const id = mediaId(n);
  const object = { key: `media/ana/${id}/source`, etag: `e${n}`, bytes: 4 };
  return aMedia({ id, object, sha256: sha(n), source: `https://example.com/${n % 2}.mp4` });
});
const ids = (json: { items: { id: string }[] }): string[] => json.items.map(({ id }) => id);

describe('the library', () => {
  test('shows what is known of an item, and neither its key nor its owner', async () => {
    const item = aMedia({ title: 'Holiday', metadata: { uploader: 'ana', tags: ['sea'] }, probe: aProbe() });
    const { call } = apiHarness({ library: [item] });
    const { status, json, body } = await call('GET', `/v1/media/${item.id}`);
    expect(status).toBe(200);
    expect(json).toEqual({
      id: item.id,
      filename: 'holiday.mp4',
      source: 'https://example.com/holiday.mp4',
      title: 'Holiday',
      metadata: { uploader: 'ana', tags: ['sea'] },
      type: 'video/mp4',
      bytes: 1000,
      sha256: 'c'.repeat(64),
      probe: aProbe(),
      createdAt: item.createdAt,
      updatedAt: item.updatedAt,
      links: { self: `/v1/media/${item.id}`, content: `/v1/media/${item.id}/content` },
    });
    expect(body).not.toContain(item.object.key);
  });

  test('is listed newest first, by source and by content, page by page', async () => {
    const { call } = apiHarness({ library: three });
    const first = await call('GET', '/v1/media?limit=2');
    expect(ids(first.json)).toEqual([mediaId(3), mediaId(2)]);
    const second = await call('GET', `/v1/media?limit=2&cursor=${first.json.next}`);
    expect([ids(second.json), second.json.next]).toEqual([[mediaId(1)], null]);
    const source = encodeURIComponent('https://example.com/1.mp4');
    expect(ids((await call('GET', `/v1/media?source=${source}`)).json)).toEqual([mediaId(3), mediaId(1)]);
    expect(ids((await call('GET', `/v1/media?sha256=${sha(2)}`)).json)).toEqual([mediaId(2)]);
    expect(first.json.items[0]).toEqual((await call('GET', `/v1/media/${mediaId(3)}`)).json);
  });

  test.each(['limit=0', 'limit=1001', 'cursor=x', 'sha256=abc', 'source=', 'owner=ben', 'source=a&sorce=b'])(
    'refuses %s',
    async (query) => {
      const { json } = await apiHarness().call('GET', `/v1/media?${query}`);
      expect(json).toMatchObject({ status: 422, code: 'spec.invalid' });
    },
  );

  test.each(['upl_00000000000000000000000001', 'med_1', 'med_%2e%2e'])('has nothing at %s', async (id) => {
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/content'],
      ['DELETE', ''],
    ])
      expect((await apiHarness().call(method ?? '', `/v1/media/${id}${path}`)).status).toBe(404);
  });
});

describe('the bytes of an item', () => {
  const open = async (contentType: string, query = '') => {
    const item = aMedia({ contentType, filename: 'a "b"\r\n.mp4' });
    const { call, objects } = apiHarness({ library: [item] });
    await objects.write(item.object.key, 'mpeg', { contentType });
    const answer = await call('GET', `/v1/media/${item.id}/content${query}`);
    const json = await call('GET', `/v1/media/${item.id}/content${query}`, { headers: { accept: 'application/json' } });
    return { answer, json, url: new URL(answer.headers['location'] ?? '') };
  };

  test('are behind a redirect, or an address in JSON', async () => {
    const { answer, json, url } = await open('video/mp4');
    expect([answer.status, answer.body]).toEqual([302, '']);
    expect(json.status).toBe(200);
    expect(Object.keys(json.json)).toEqual(['url', 'expiresAt']);
    expect(decodeURIComponent(url.href)).toContain(`media/ana/${mediaId(1)}/source`);
  });

  test.each([
    'text/html',
    'image/svg+xml',
    'application/xhtml+xml',
    'video/mp4; x',
    'text/html;video/mp4',
    'IMAGE/SVG',
  ])('of the type %s are not shown as that', async (type) => {
    for (const query of ['', '?disposition=inline']) {
      const { url } = await open(type, query);
      expect(decodeURIComponent(url.href)).toContain('application/octet-stream');
      expect(decodeURIComponent(url.href)).not.toContain(type);
    }
  });

  test('of a video keep their type', async () => {
    expect(decodeURIComponent((await open('video/mp4', '?disposition=inline')).url.href)).toContain('video/mp4');
  });
});

describe('removing an item', () => {
  test('removes its bytes and its record, and says so once', async () => {
    const { call, objects, library } = apiHarness({ library: three });
    for (const { object } of three) await objects.write(object.key, 'mpeg', { contentType: 'video/mp4' });
    expect(await call('DELETE', `/v1/media/${mediaId(2)}`)).toMatchObject({ status: 204, body: '' });
    expect(await objects.head(`media/ana/${mediaId(2)}/source`)).toBeUndefined();
    expect(await objects.head(`media/ana/${mediaId(1)}/source`)).toBeDefined();
    expect(await library.get(mediaId(2))).toBeUndefined();
    expect((await call('DELETE', `/v1/media/${mediaId(2)}`)).status).toBe(404);
  });

  test('that was cut off can be repeated', async () => {
    const { call, objects, library } = apiHarness({ library: three });
    const key = `media/ana/${mediaId(1)}/source`;
    await objects.write(key, 'mpeg', { contentType: 'video/mp4' });
    const failing = Object.assign(library, { remove: () => Promise.reject(new Error('cut off')) });
    expect(failing).toBe(library);
    expect((await call('DELETE', `/v1/media/${mediaId(1)}`)).status).toBe(500);
    expect((await call('GET', `/v1/media/${mediaId(1)}`)).status).toBe(200);
    expect(await objects.head(key)).toBeUndefined();
  });
});
