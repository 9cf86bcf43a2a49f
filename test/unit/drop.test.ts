import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { folderBuckets } from '#adapters/filesystem/buckets.ts';
import { memoryMadeStore } from '#adapters/memory/made-store.ts';
import { memoryJobStore } from '#adapters/memory/job-store.ts';
import { memoryMediaStore } from '#adapters/memory/media-store.ts';
import { memoryObjectStore } from '#adapters/memory/object-store.ts';
import { memoryTemplateStore } from '#adapters/memory/template-store.ts';
import { memoryUploadStore } from '#adapters/memory/upload-store.ts';
import { manualClock, sequentialIds } from '#adapters/memory/clock.ts';
import { recordingLog } from '#adapters/memory/log.ts';
import { memoryWebhookStore } from '#adapters/memory/webhook-store.ts';
import { JobId } from '#core/job/ids.ts';
import { dropJobId, ofSidecar, outboxOf, parseDrop } from '#core/job/drop.ts';
import { dropFile } from '#core/usecases/drop-file.ts';
import { finishJob } from '#core/usecases/finish-job.ts';
import { Limits } from '#core/usecases/limits.ts';
import { createDrop } from '#functions/drop/app.ts';

describe('the name of a dropped file', () => {
  test.each([
    ['inbox/convert/clip.mp4', { template: 'convert', params: {}, folder: 'convert', name: 'clip.mp4' }],
    [
      'inbox/watermark/x=5,y=7/My Holiday.MOV',
      { template: 'watermark', params: { x: '5', y: '7' }, folder: 'watermark/x=5,y=7', name: 'My Holiday.MOV' },
    ],
    [
      'inbox/convert/2026/format=webm/ürlaub.mp4',
      { template: 'convert', params: { format: 'webm' }, folder: 'convert/2026/format=webm', name: 'ürlaub.mp4' },
    ],
  ])('%s says what to do', (key, said) => {
    expect(parseDrop(key)).toEqual(said);
  });

  test.each([
    'outbox/convert/clip.mp4',
    'inbox/clip.mp4',
    'inbox/convert/',
    'inbox/convert/.clip.mp4.swp',
    'inbox/convert/clip.mp4.part',
    'inbox/convert/~clip.mp4',
    'inbox/no template/clip.mp4',
    'uploads/ana/x/source',
  ])('%s is no file for us', (key) => {
    expect(parseDrop(key)).toBeUndefined();
  });

  test('what it leads to lies in the outbox, which is never looked at', () => {
    const file = parseDrop('inbox/watermark/x=5/clip.mp4');
    if (!file) throw new Error('it is a drop');
    expect(outboxOf(file)).toEqual({
      files: 'outbox/watermark/x=5/clip.mp4',
      report: 'outbox/watermark/x=5/clip.mp4',
    });
    expect(parseDrop(`${outboxOf(file).report}.result.json`)).toBeUndefined();
  });

  test('a sidecar belongs to the file whose name it bears, in any case', () => {
    expect(ofSidecar('inbox/convert/clip.mp4.JSON')).toBe('inbox/convert/clip.mp4');
    expect(ofSidecar('inbox/convert/clip.mp4')).toBeUndefined();
  });

  test('ids are job ids that sort by when the file was stored', () => {
    const id = (at: number, text: string) => dropJobId(at, createHash('sha256').update(text).digest('hex'));
    expect(JobId.safeParse(id(1_700_000_000_000, 'a')).success).toBe(true);
    expect(id(1_700_000_000_000, 'a')).toBe(id(1_700_000_000_000, 'a'));
    expect(id(1_700_000_000_000, 'a')).not.toBe(id(1_700_000_000_000, 'b'));
    expect(id(1_700_000_000_000, 'z') < id(1_700_000_000_001, 'a')).toBe(true);
  });
});

describe('a dropped file', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'kinoduct-drop-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const put = async (key: string, text = 'bytes'): Promise<void> => {
    await mkdir(path.dirname(path.join(folder, key)), { recursive: true });
    await writeFile(path.join(folder, key), text);
  };
  const told = async (key: string): Promise<unknown> => JSON.parse(await readFile(path.join(folder, key), 'utf8'));

  const world = () => {
    const started: string[] = [];
    const deps = {
      jobs: memoryJobStore(),
      webhooks: memoryWebhookStore(),
      uploads: memoryUploadStore(),
      made: memoryMadeStore(),
      build: 'test',
      library: memoryMediaStore(),
      objects: memoryObjectStore(),
      templates: memoryTemplateStore(),
      buckets: folderBuckets({ folders: { drop: folder } }),
      workflow: {
        start: async ({ jobId }: { jobId: string }) => void started.push(jobId),
        stop: async () => undefined,
        status: async () => 'unknown' as const,
      },
      clock: manualClock(),
      ids: sequentialIds(),
      log: recordingLog(),
      limits: Limits.parse({}),
      hash: (text: string) => createHash('sha256').update(text).digest('hex'),
    };
    const drop = (key: string) => dropFile(deps, { object: { bucket: 'drop', key }, owner: 'ana' });
    return { deps, started, drop };
  };

  test('starts its template once, however often it is told of', async () => {
    const { deps, started, drop } = world();
    await put('inbox/convert/format=webm/clip.MP4');
    const first = await drop('inbox/convert/format=webm/clip.MP4');
    expect(first.outcome).toBe('started');
    const again = await Promise.all(Array.from({ length: 10 }, () => drop('inbox/convert/format=webm/clip.MP4')));
    expect(again.every(({ outcome, jobId }) => outcome === 'known' && jobId === first.jobId)).toBe(true);
    expect(started).toEqual([first.jobId]);
    expect(await deps.jobs.get(first.jobId ?? '')).toMatchObject({
      owner: 'ana',
      template: 'convert',
      drop: { bucket: 'drop', key: 'inbox/convert/format=webm/clip.MP4' },
      spec: {
        inputs: { video: { s3: { bucket: 'drop', key: 'inbox/convert/format=webm/clip.MP4' } } },
        deliver: [{ to: 's3://drop/outbox/convert/format=webm/clip.MP4' }],
      },
    });
  });

  test('is another job once it was written anew', async () => {
    const { drop } = world();
    await put('inbox/convert/clip.mp4');
    const first = await drop('inbox/convert/clip.mp4');
    await put('inbox/convert/clip.mp4', 'other bytes');
    await utimes(path.join(folder, 'inbox/convert/clip.mp4'), new Date(), new Date(Date.now() + 5000));
    const second = await drop('inbox/convert/clip.mp4');
    expect([first.outcome, second.outcome]).toEqual(['started', 'started']);
    expect(first.jobId).not.toBe(second.jobId);
  });

  test.each([
    ['the sidecar first', ['clip.mp4.json', 'clip.mp4']],
    ['the file first', ['clip.mp4', 'clip.mp4.json']],
  ])('waits for the inputs that a sidecar brings: %s', async (_, order) => {
    const { deps, started, drop } = world();
    const texts: Record<string, string> = {
      'clip.mp4': 'bytes',
      'clip.mp4.json': JSON.stringify({ inputs: { logo: { color: '#ff0000', seconds: 1 } }, params: { x: 3 } }),
    };
    const outcomes: string[] = [];
    for (const name of order) {
      await put(`inbox/watermark/y=4/${name}`, texts[name]);
      outcomes.push((await drop(`inbox/watermark/y=4/${name}`)).outcome);
    }
    expect(outcomes.at(-1)).toBe('started');
    expect(started).toHaveLength(1);
    const job = await deps.jobs.get(started[0] ?? '');
    expect(job?.spec.outputs['marked']).toMatchObject({ edit: [{ overlay: { image: 'logo', x: 3, y: 4 } }] });
  });

  test('that cannot be a job is told why beside its results, and stays where it is', async () => {
    const { drop } = world();
    await put('inbox/convert/format=vhs/clip.mp4');
    expect(await drop('inbox/convert/format=vhs/clip.mp4')).toEqual({ outcome: 'refused' });
    expect(await told('outbox/convert/format=vhs/clip.mp4.error.json')).toMatchObject({
      status: 'refused',
      error: { code: 'spec.invalid', errors: [expect.objectContaining({ pointer: '/params/format' })] },
    });
    expect(await readdir(path.join(folder, 'inbox/convert/format=vhs'))).toEqual(['clip.mp4']);
  });

  test.each([
    ['an unknown template', 'inbox/convrt/clip.mp4', undefined, /did you mean ..convert/],
    ['a sidecar that is no JSON', 'inbox/convert/clip.mp4', '{', /no JSON/],
    ['a sidecar with a field that nobody knows', 'inbox/convert/clip.mp4', '{"parms":{}}', /parms/],
    ['a path that is no parameter', 'inbox/convert/fromat=webm/clip.mp4', undefined, /fromat/],
  ])('with %s is refused in words that say so', async (_, key, sidecar, words) => {
    const { drop, started } = world();
    await put(key);
    if (sidecar !== undefined) await put(`${key}.json`, sidecar);
    expect((await drop(key)).outcome).toBe('refused');
    expect(JSON.stringify(await told(`${key.replace('inbox', 'outbox')}.error.json`))).toMatch(words);
    expect(started).toEqual([]);
  });

  test('that is gone by now, and what the outbox gets, start nothing', async () => {
    const { drop, started } = world();
    await put('outbox/convert/clip.mp4');
    const outcomes = [await drop('inbox/convert/gone.mp4'), await drop('outbox/convert/clip.mp4')];
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['ignored', 'ignored']);
    expect(started).toEqual([]);
  });

  test('is told of the end of its job, once it has ended', async () => {
    const { deps, drop } = world();
    await put('inbox/convert/clip.mp4');
    const { jobId = '' } = await drop('inbox/convert/clip.mp4');
    const job = await deps.jobs.get(jobId);
    if (!job) throw new Error('the job is stored');
    await deps.jobs.update({ ...job, status: 'running', attempt: 1 });
    await finishJob(deps, { jobId, attempt: 1 });
    expect(await told('outbox/convert/clip.mp4.error.json')).toMatchObject({ id: jobId, status: 'failed' });
  });

  test('comes through the queue with its neighbours: one that fails does not hold up the others', async () => {
    const { deps, started } = world();
    await put('inbox/convert/a b+c.mp4');
    const event = (messageId: string, body: unknown) => ({ messageId, body: JSON.stringify(body) });
    const created = (key: string) => ({
      source: 'aws.s3',
      'detail-type': 'Object Created',
      detail: { bucket: { name: 'drop' }, object: { key, size: 5, etag: 'x' }, reason: 'CompleteMultipartUpload' },
    });
    const answer = await createDrop({ ...deps, owner: 'ana' })({
      Records: [event('1', { not: 'ours' }), event('2', created('inbox/convert/a b+c.mp4'))],
    });
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
    expect(started).toHaveLength(1);
  });
});
