import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { memoryMediaStore } from '#adapters/memory/media-store.ts';
import { memoryObjectStore } from '#adapters/memory/object-store.ts';
import { Failure } from '#core/failures.ts';
import { jobId } from '#test/support/records.ts';
import { sha256, startTransfer, type TestTransfer } from '#test/support/transfer.ts';

const url = 'https://example.com/film.mp4';
let transfer: TestTransfer;
beforeEach(async () => {
  transfer = await startTransfer();
  transfer.there.set(url, { body: 'film', etag: '"1"' });
});
afterEach(() => transfer.close());

describe('an address', () => {
  test('becomes an item of the library, with all that its server said', async () => {
    const { media, object, reused } = await transfer.bringIn({ url });
    expect(reused).toBe(false);
    expect(await transfer.deps.library.get(media)).toMatchObject({
      owner: 'ana',
      object,
      sha256: sha256('film'),
      contentType: 'video/mp4',
      filename: 'film.mp4',
      source: url,
      etag: '"1"',
      probe: null,
    });
    expect(object).toMatchObject({ key: `media/ana/${media}/source`, bytes: 4 });
  });

  test('that has not changed brings no bytes', async () => {
    const first = await transfer.bringIn({ url });
    const second = await transfer.bringIn({ url }, jobId(2));
    expect(second).toEqual({ ...first, reused: true });
    expect(transfer.downloads.map(({ known }) => known?.etag)).toEqual([undefined, '"1"']);
    expect(await transfer.stored()).toHaveLength(1);
  });

  test('that has changed becomes another item, and the old one stays', async () => {
    const first = await transfer.bringIn({ url });
    transfer.there.set(url, { body: 'remake', etag: '"2"' });
    const second = await transfer.bringIn({ url });
    expect(second.media).not.toBe(first.media);
    expect(await transfer.stored()).toHaveLength(2);
    expect((await transfer.bringIn({ url })).media).toBe(second.media);
  });

  test('with the content of another one is kept once, and known by its last source', async () => {
    const mirror = 'https://mirror.example.com/film.mp4';
    transfer.there.set(mirror, { body: 'film', etag: '"m"' });
    const first = await transfer.bringIn({ url });
    const second = await transfer.bringIn({ url: mirror });
    expect(second).toMatchObject({ media: first.media, reused: true });
    expect(await transfer.stored()).toHaveLength(1);
    expect(await transfer.deps.library.get(first.media)).toMatchObject({ source: mirror, etag: '"m"' });
  });

  test('is asked with the values of the secrets that the job names', async () => {
    await transfer.bringIn({ url, headers: { Authorization: { secret: 'members' } } });
    expect(transfer.downloads[0]?.headers).toEqual({ Authorization: 'the secret members' });
  });

  test('whose bytes were removed behind the library’s back is fetched again, into the same item', async () => {
    const first = await transfer.bringIn({ url });
    await transfer.deps.objects.remove(first.object.key);
    const second = await transfer.bringIn({ url });
    expect(second.media).toBe(first.media);
    expect((await transfer.deps.objects.head(second.object.key))?.etag).toBe(second.object.etag);
    expect(transfer.downloads.map(({ known }) => known)).toEqual([undefined, undefined]);
  });

  test('imported twice at the same moment is one item, and no bytes are left over', async () => {
    const both = await Promise.all([transfer.bringIn({ url }), transfer.bringIn({ url }, jobId(2))]);
    expect(new Set(both.map(({ media }) => media)).size).toBe(1);
    expect(await transfer.stored()).toEqual([both[0].object.key]);
  });
});

describe('a page', () => {
  const page = 'https://example.com/watch/42';
  const resolved = { url, headers: { Referer: page }, title: 'A film', metadata: { uploader: 'ann' } };

  test('is resolved, and the item has its title and its address', async () => {
    await transfer.close();
    transfer = await startTransfer({ pages: { resolve: async () => resolved } });
    transfer.there.set(url, { body: 'film', etag: '"1"' });
    const { media } = await transfer.bringIn({ url: page, resolver: 'yt-dlp' });
    expect(await transfer.deps.library.get(media)).toMatchObject({
      source: page,
      title: 'A film',
      metadata: { uploader: 'ann' },
    });
    expect(transfer.downloads[0]).toMatchObject({ url, headers: { Referer: page } });
  });

  test('is refused where the deployment has no program for it, which is named', async () => {
    const failing = transfer.bringIn({ url: page, resolver: 'yt-dlp' });
    await expect(failing).rejects.toMatchObject({
      code: 'spec.unsupported',
      facts: { hint: expect.stringContaining('KINODUCT_YT_DLP') },
    });
  });

  test('gets no secret header: it would go to wherever the page leads', async () => {
    await transfer.close();
    transfer = await startTransfer({ pages: { resolve: async () => resolved } });
    const headers = { Authorization: { secret: 'members' } };
    await expect(transfer.bringIn({ url: page, resolver: 'yt-dlp', headers })).rejects.toMatchObject({
      code: 'spec.invalid',
    });
    expect(transfer.downloads).toEqual([]);
  });
});

describe('an object', () => {
  const s3 = { bucket: 'archive', key: 'a/film.mp4' };

  test('is copied once for each version', async () => {
    transfer.there.set('s3://archive/a/film.mp4', { body: 'film', etag: 'e1' });
    const first = await transfer.bringIn({ s3 });
    expect(await transfer.deps.library.get(first.media)).toMatchObject({
      source: 's3://archive/a/film.mp4',
      filename: 'film.mp4',
    });
    expect(await transfer.bringIn({ s3 })).toEqual({ ...first, reused: true });
    expect(transfer.copies).toHaveLength(1);
    transfer.there.set('s3://archive/a/film.mp4', { body: 'other', etag: 'e2' });
    expect((await transfer.bringIn({ s3 })).media).not.toBe(first.media);
  });

  test.each([
    ['that is not there', undefined, 'input.not_found'],
    ['that is larger than the deployment takes', { body: 'x'.repeat(1001), etag: 'e' }, 'input.too_large'],
  ])('%s is refused before anything is copied', async (_what, page, code) => {
    if (page) transfer.there.set('s3://archive/a/film.mp4', page);
    await expect(transfer.bringIn({ s3 })).rejects.toMatchObject({ code });
    expect(transfer.copies).toEqual([]);
  });
});

describe('speech', () => {
  const speech = { text: 'Welcome', voice: 'Joanna', provider: 'polly' } as const;

  test('is bought once for each text, voice and language, whatever job wants it', async () => {
    const first = await transfer.bringIn({ speech });
    expect(await transfer.bringIn({ speech }, jobId(2))).toEqual({ ...first, reused: true });
    await transfer.bringIn({ speech: { ...speech, voice: 'Matthew' } });
    await transfer.bringIn({ speech: { ...speech, language: 'en-GB' } });
    await transfer.bringIn({ speech: { ...speech, text: 'Welcome!' } });
    expect(transfer.spoken).toHaveLength(4);
  });

  test('that two jobs want at the same moment is bought once', async () => {
    const both = await Promise.all([transfer.bringIn({ speech }), transfer.bringIn({ speech }, jobId(2))]);
    expect(transfer.spoken).toHaveLength(1);
    expect(new Set(both.map(({ media }) => media)).size).toBe(1);
  });

  test('that failed frees the way for the next one', async () => {
    await transfer.close();
    let tries = 0;
    transfer = await startTransfer({
      speech: {
        polly: {
          speak: async () => {
            tries += 1;
            throw new Failure('provider.speech');
          },
        },
      },
    });
    await expect(transfer.bringIn({ speech })).rejects.toMatchObject({ code: 'provider.speech' });
    await expect(transfer.bringIn({ speech })).rejects.toMatchObject({ code: 'provider.speech' });
    expect(tries).toBe(2);
  });

  test('by a service that the deployment does not have names those that it has', async () => {
    const failing = transfer.bringIn({ speech: { ...speech, provider: 'elevenlabs' } });
    await expect(failing).rejects.toMatchObject({
      code: 'spec.unsupported',
      message: expect.stringContaining('it has polly'),
    });
  });
});

describe('an import that fails', () => {
  test('when the library cannot be written leaves no bytes behind', async () => {
    await transfer.close();
    const library = memoryMediaStore();
    transfer = await startTransfer({
      library: {
        ...library,
        create: async () => {
          throw new Failure('platform.throttled');
        },
      },
    });
    transfer.there.set(url, { body: 'film', etag: '"1"' });
    await expect(transfer.bringIn({ url })).rejects.toMatchObject({ code: 'platform.throttled' });
    expect(await transfer.stored()).toEqual([]);
  });

  test('although the item was written keeps the item’s bytes', async () => {
    await transfer.close();
    const library = memoryMediaStore();
    transfer = await startTransfer({
      library: {
        ...library,
        create: async (media) => {
          await library.create(media);
          throw new Failure('platform.internal');
        },
      },
    });
    transfer.there.set(url, { body: 'film', etag: '"1"' });
    await expect(transfer.bringIn({ url })).rejects.toMatchObject({ code: 'platform.internal' });
    expect(await transfer.stored()).toHaveLength(1);
    expect(await transfer.bringIn({ url })).toMatchObject({ reused: true });
  });

  test('when its object is not stored whole is not an item', async () => {
    await transfer.close();
    const objects = memoryObjectStore();
    const short: typeof objects.upload = async (...words) => ({ ...(await objects.upload(...words)), bytes: 1 });
    transfer = await startTransfer({ objects: { ...objects, upload: short } });
    transfer.there.set(url, { body: 'film', etag: '"1"' });
    await expect(transfer.bringIn({ url })).rejects.toMatchObject({ code: 'platform.internal' });
    expect((await transfer.deps.library.bySource('ana', url))?.id).toBeUndefined();
  });
});
