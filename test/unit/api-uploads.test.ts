import { describe, expect, test } from 'vitest';
import { partSizeFor } from '#core/usecases/create-upload.ts';
import { apiHarness } from '#test/support/api.ts';
import { aJob, anUpload, at, jobId, uploadId } from '#test/support/records.ts';

const mib = 2 ** 20;
const video = { filename: 'holiday.mp4', contentType: 'video/mp4' };

const partsOf = (json: { parts: { n: number; url: string }[]; expiresAt: string }) =>
  json.parts.map((part) => ({ ...part, method: 'PUT' as const, headers: {}, expiresAt: json.expiresAt }));

describe('starting an upload', () => {
  test('up to 16 MB is one PUT of the announced length and type', async () => {
    const { call, objects, uploads } = apiHarness();
    const { status, headers, json } = await call('POST', '/v1/uploads', { body: { ...video, bytes: 4 } });
    expect(status).toBe(201);
    expect(json).toMatchObject({
      method: 'PUT',
      expiresAt: at(3600),
      jobId: null,
      headers: { 'content-type': 'video/mp4' },
    });
    expect(headers['location']).toBe(`/v1/uploads/${json.id}`);
    expect(new URL(json.url).pathname).toBe(`/uploads/ana/${json.id}/source`);
    expect(await objects.receive(json, 'mpeg1')).toEqual({ status: 403 });
    expect((await objects.receive(json, 'mpeg')).status).toBe(200);
    expect(await uploads.get(json.id)).toMatchObject({ state: 'waiting', filename: 'holiday.mp4', bytes: 4 });
  });

  test('of unknown length is one PUT too, of bytes of no known type', async () => {
    const { json } = await apiHarness().call('POST', '/v1/uploads', { body: { filename: 'a' } });
    expect(json).toMatchObject({ method: 'PUT', headers: { 'content-type': 'application/octet-stream' } });
  });

  test('above 16 MB is sent in parts, each of its own length', async () => {
    const { call, objects } = apiHarness();
    const { json } = await call('POST', '/v1/uploads', { body: { ...video, bytes: 20 * mib } });
    expect(json).toMatchObject({ method: 'multipart', partSize: 8 * mib, partCount: 3 });
    expect(json.parts.map(({ n }: { n: number }) => n)).toEqual([1, 2, 3]);
    const [first, , last] = partsOf(json);
    expect((await objects.receive(first!, Buffer.alloc(4 * mib))).status).toBe(403);
    expect((await objects.receive(last!, Buffer.alloc(4 * mib))).status).toBe(200);
  });

  test('the parts are few, but never too many or too small', () => {
    expect(partSizeFor(17_000_000)).toBe(8 * mib);
    expect(partSizeFor(100 * 2 ** 30)).toBe(103 * mib);
    for (const bytes of [17e6, 8e9, 9e9, 5e12]) expect(Math.ceil(bytes / partSizeFor(bytes))).toBeLessThanOrEqual(1000);
  });

  test.each([
    [{ bytes: 1 }, '/filename'],
    [{ filename: 'a\u0000b' }, '/filename'],
    [{ filename: 'a', bytes: 0 }, '/bytes'],
    [{ filename: 'a', bytes: 1.5 }, '/bytes'],
    [{ filename: 'a', contentType: 'video/mp4\r\nx-evil: 1' }, '/contentType'],
    [{ filename: 'a', sha256: 'abc' }, '/sha256'],
    [{ filename: 'a', byte: 1 }, '/byte'],
    [{ filename: 'a', job: { inputs: { in: '@upload' }, outputs: { out: 'mp5' } } }, '/job/outputs/out'],
  ])('%j is refused at %s', async (body, pointer) => {
    const { status, json } = await apiHarness().call('POST', '/v1/uploads', { body });
    expect([status, json.errors[0].pointer]).toEqual([422, pointer]);
  });

  test('of more than is allowed is refused', async () => {
    const { json } = await apiHarness().call('POST', '/v1/uploads', { body: { ...video, bytes: 21 * 2 ** 30 } });
    expect(json).toMatchObject({ status: 422, code: 'input.too_large' });
  });
});

describe('signing again', () => {
  const start = async (bytes: number) => {
    const harness = apiHarness();
    const { json } = await harness.call('POST', '/v1/uploads', { body: { ...video, bytes } });
    return { ...harness, id: json.id, first: json };
  };

  test('gives the first fifty at once and the others on request', async () => {
    const { call, id, first } = await start(200 * 8 * mib);
    expect(first.parts).toHaveLength(50);
    const more = await call('POST', `/v1/uploads/${id}/parts`, { body: { from: 51 } });
    expect(more.json.parts.map(({ n }: { n: number }) => n)).toEqual(Array.from({ length: 150 }, (_, n) => n + 51));
    const some = await call('POST', `/v1/uploads/${id}/parts`, { body: { parts: [200, 7, 7] } });
    expect(some.json.parts.map(({ n }: { n: number }) => n)).toEqual([200, 7]);
  });

  test.each([{ from: 4 }, { parts: [1, 4] }, { from: 4, count: 2 }])(
    '%j is out of range of three parts',
    async (body) => {
      const { call, id } = await start(20 * mib);
      expect((await call('POST', `/v1/uploads/${id}/parts`, { body })).json).toMatchObject({
        code: 'spec.invalid',
        errors: [{ pointer: '/parts' }],
      });
    },
  );

  test('works for a single PUT, long after the first address has expired, and keeps the upload open', async () => {
    const { call, id, clock, objects, first } = await start(4);
    clock.advance(2 * 3600_000);
    expect((await objects.receive(first, 'mpeg')).status).toBe(403);
    const { json } = await call('POST', `/v1/uploads/${id}/parts`, { body: {} });
    expect((await objects.receive(json, 'mpeg')).status).toBe(200);
    expect((await call('GET', `/v1/uploads/${id}`)).json).toMatchObject({ state: 'waiting', expiresAt: at(3 * 3600) });
  });

  test('cannot keep an upload open for more than a week', async () => {
    const { call, id, clock } = await start(4);
    clock.advance(8 * 86_400_000);
    await call('POST', `/v1/uploads/${id}/parts`, { body: {} });
    expect((await call('GET', `/v1/uploads/${id}`)).json.expiresAt).toBe(at(7 * 86_400));
  });

  test('is refused once the upload is complete', async () => {
    const object = { key: 'uploads/x', etag: 'e', bytes: 4 };
    const { call } = apiHarness({ uploads: [anUpload({ state: 'complete', object })] });
    expect((await call('POST', `/v1/uploads/${uploadId(1)}/parts`, { body: {} })).status).toBe(409);
  });
});

describe('completing an upload', () => {
  test('joins the parts, whatever their order and their quotes, and can be repeated', async () => {
    const { call, objects } = apiHarness();
    const { json } = await call('POST', '/v1/uploads', { body: { ...video, bytes: 20 * mib } });
    const parts = [];
    for (const part of partsOf(json)) {
      const { etag } = await objects.receive(part, Buffer.alloc(part.n === 3 ? 4 * mib : 8 * mib, part.n));
      parts.unshift({ n: part.n, etag: `"${etag}"` });
    }
    const path = `/v1/uploads/${json.id}/complete`;
    const missing = await call('POST', path, { body: { parts: parts.slice(1) } });
    expect([missing.status, missing.json.code]).toEqual([409, 'conflict.state']);
    expect((await call('POST', path)).json).toMatchObject({
      status: 422,
      errors: [{ pointer: '/parts', code: 'required' }],
    });
    expect((await call('POST', path, { body: { parts } })).json).toMatchObject({
      state: 'complete',
      bytes: 20 * mib,
      method: 'multipart',
    });
    expect((await call('POST', path, { body: { parts } })).status).toBe(200);
  });

  test('before anything has arrived is refused', async () => {
    const { call } = apiHarness({ uploads: [anUpload()] });
    const { status, json } = await call('POST', `/v1/uploads/${uploadId(1)}/complete`);
    expect([status, json.detail]).toEqual([409, 'No bytes have arrived yet. Send the PUT first.']);
  });

  test('with other bytes than announced is refused', async () => {
    const { call, objects, uploads } = apiHarness({ uploads: [anUpload({ bytes: 5 })] });
    await objects.write(anUpload().key, 'mpeg', { contentType: 'video/mp4' });
    expect((await call('POST', `/v1/uploads/${uploadId(1)}/complete`)).status).toBe(409);
    expect((await uploads.get(uploadId(1)))?.state).toBe('waiting');
  });

  test('of unknown length that turned out too long removes the bytes', async () => {
    const { limits } = apiHarness();
    const { call, objects } = apiHarness(
      { uploads: [anUpload({ bytes: null })] },
      { limits: { ...limits, maxUploadBytes: 3 } },
    );
    await objects.write(anUpload().key, 'mpeg', { contentType: 'video/mp4' });
    expect((await call('POST', `/v1/uploads/${uploadId(1)}/complete`)).json.code).toBe('input.too_large');
    expect(await objects.head(anUpload().key)).toBeUndefined();
  });

  test('after it expired is refused', async () => {
    const { call } = apiHarness({ uploads: [anUpload({ state: 'expired' })] });
    expect((await call('POST', `/v1/uploads/${uploadId(1)}/complete`)).status).toBe(409);
  });
});

describe('an embedded job', () => {
  const job = { inputs: { in: '@upload' }, outputs: { still: 'thumb' as const } };
  const start = async () => {
    const harness = apiHarness();
    const { json } = await harness.call('POST', '/v1/uploads', { body: { ...video, bytes: 4, job } });
    return { ...harness, id: json.id, jobId: json.jobId, signed: json };
  };

  test('waits for its upload under an id that stays, and starts when the upload is complete', async () => {
    const { call, objects, workflow, clock, ...made } = await start();
    expect((await call('GET', `/v1/jobs/${made.jobId}`)).json).toMatchObject({ status: 'waiting' });
    expect(workflow.started).toEqual([]);
    clock.advance(60_000);
    await objects.receive(made.signed, 'mpeg');
    await call('POST', `/v1/uploads/${made.id}/complete`);
    await call('POST', `/v1/uploads/${made.id}/complete`);
    expect(new Set(workflow.started.map(({ jobId }) => jobId))).toEqual(new Set([made.jobId]));
    expect((await call('GET', `/v1/jobs/${made.jobId}`)).json).toMatchObject({
      status: 'queued',
      deadlineAt: at(86_460),
    });
    expect((await made.jobs.get(made.jobId))?.spec.inputs).toEqual({ in: { upload: made.id } });
  });

  test('starts as well when another job finds the bytes first', async () => {
    const { call, objects, workflow, ...made } = await start();
    await objects.receive(made.signed, 'mpeg');
    const other = await call('POST', '/v1/jobs', { body: { inputs: { in: made.id }, outputs: { out: 'mp4' } } });
    expect(workflow.started.map(({ jobId }) => jobId)).toEqual([made.jobId, other.json.id]);
  });

  test('is made when the upload is complete, where it could not be stored before', async () => {
    const upload = anUpload({ bytes: 4, job: { spec: job, template: null, templateVersion: null }, jobId: jobId(7) });
    const { call, objects, workflow } = apiHarness({ uploads: [upload] });
    await objects.write(upload.key, 'mpeg', { contentType: 'video/mp4' });
    expect((await call('POST', `/v1/uploads/${uploadId(1)}/complete`)).status).toBe(200);
    expect(workflow.started).toEqual([{ jobId: jobId(7), attempt: 1 }]);
  });

  test('that was canceled or deleted meanwhile stays so', async () => {
    for (const [method, action] of [
      ['POST', '/cancel'],
      ['DELETE', ''],
    ]) {
      const { call, objects, workflow, ...made } = await start();
      await call(method ?? '', `/v1/jobs/${made.jobId}${action}`);
      await objects.receive(made.signed, 'mpeg');
      expect((await call('POST', `/v1/uploads/${made.id}/complete`)).status).toBe(200);
      expect(workflow.started).toEqual([]);
    }
  });

  test('with another input that is not there is refused before anything is stored', async () => {
    const { call } = apiHarness();
    const logo = { inputs: { video: '@upload', logo: uploadId(9) }, template: 'watermark' };
    const { json } = await call('POST', '/v1/uploads', { body: { ...video, job: logo } });
    expect(json).toMatchObject({ code: 'input.not_found', errors: [{ pointer: '/job/inputs/logo' }] });
    expect((await call('GET', '/v1/jobs')).json.items).toEqual([]);
  });
});

describe('aborting an upload', () => {
  test('removes what was sent and cancels the job that waits for it', async () => {
    const waiting = aJob({ status: 'waiting', awaits: uploadId(1) });
    const spec = { inputs: { in: '@upload' }, outputs: { out: 'mp4' as const } };
    const upload = anUpload({ job: { spec, template: null, templateVersion: null }, jobId: jobId(1) });
    const { call, objects } = apiHarness({ uploads: [upload], jobs: [waiting] });
    await objects.write(upload.key, 'mpeg', { contentType: 'video/mp4' });
    expect(await call('DELETE', `/v1/uploads/${uploadId(1)}`)).toMatchObject({ status: 204, body: '' });
    expect(await objects.head(upload.key)).toBeUndefined();
    expect((await call('GET', `/v1/jobs/${jobId(1)}`)).json.status).toBe('canceled');
    expect((await call('DELETE', `/v1/uploads/${uploadId(1)}`)).status).toBe(404);
  });

  test('ends a multipart upload, so that no part can be sent any more', async () => {
    const { call, objects } = apiHarness();
    const { json } = await call('POST', '/v1/uploads', { body: { ...video, bytes: 20 * mib } });
    await call('DELETE', `/v1/uploads/${json.id}`);
    expect((await objects.receive(partsOf(json)[0]!, Buffer.alloc(8 * mib))).status).toBe(404);
  });
});
