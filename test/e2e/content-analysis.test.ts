/** What is seen and said: the local server, with services on loopback that check every request as AWS would. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Client } from '#cli/client.ts';
import { refusal, type Recognition, startRecognition } from '#test/support/recognition.ts';
import { newDataFolder, removeFolder, type Server, startServer } from '#test/support/server.ts';
import { clientOf } from './deployment.ts';
import { smallVideo, testPattern } from './specs.ts';

let service: Recognition;
let dataFolder: string;
let server: Server;
let ana: Client;

beforeAll(async () => {
  service = await startRecognition();
  dataFolder = await newDataFolder();
  const args = ['--content-analysis', 'aws:sounds', '--private-hosts', service.host];
  server = await startServer({ dataFolder, args, env: service.env });
  ana = await clientOf(server, 'ana');
}, 30_000);
afterEach(() => {
  expect(service.wrong).toEqual([]);
  expect(service.objects.size).toBe(0);
});
afterAll(async () => {
  await server.end('SIGKILL');
  await removeFolder(dataFolder);
  await service.close();
});

const text = async (id: string, output: string): Promise<string> =>
  new TextDecoder().decode(await ana.output(id, output));

test('labels, moderation and transcripts are files of a job, captions are burned in, and all of it is paid for', async () => {
  service.played.unsafe = [{ Name: 'Smoking', ParentName: 'Tobacco', Confidence: 71 }];
  service.played.polls = 0;
  const busy = [refusal('ThrottlingException')];
  service.inject({ answer: ({ headers }) => (headers['x-amz-target']?.includes('Labels') ? busy.shift() : undefined) });
  const { id } = await ana.submit({
    inputs: { in: testPattern(2), still: { color: '#336699', seconds: 1 } },
    outputs: {
      seen: { type: 'labels', from: 'in' },
      fit: { type: 'moderation', from: 'in', threshold: 0.7 },
      said: { type: 'transcript', from: 'in' },
      film: { ...smallVideo, from: 'in', edit: [{ captions: { from: 'said', burn: true } }] },
      silent: { type: 'transcript', from: 'still', when: 'hasAudio' },
    },
  });
  const job = await ana.ended(id);
  expect(job).toMatchObject({ status: 'succeeded', error: null, outputs: { silent: { status: 'skipped' } } });
  expect(JSON.parse(await text(id, 'seen'))).toEqual({
    pictures: [0.5, 1.5],
    minConfidence: 0.7,
    labels: [{ name: 'Dog', confidence: 0.975, parents: ['Animal'], at: [0.5, 1.5] }],
  });
  expect(JSON.parse(await text(id, 'fit'))).toMatchObject({ ok: false, labels: [{ name: 'Smoking', at: [0.5, 1.5] }] });
  expect(await text(id, 'said')).toBe('WEBVTT\n\n00:00:00.100 --> 00:00:01.100\nHello, world.\n');
  expect(service.heard).toEqual([`s3://sounds/kinoduct/${id}-recognise-said.wav`]);
  expect((await ana.output(id, 'film')).length).toBeGreaterThan(1000);
  expect(job.cost?.items.filter(({ kind }) => kind.startsWith('recognition.'))).toEqual([
    { kind: 'recognition.labels', quantity: 2, unit: 'picture', usd: 0.002 },
    { kind: 'recognition.moderation', quantity: 2, unit: 'picture', usd: 0.002 },
    { kind: 'recognition.transcript', quantity: 15, unit: 'second', usd: 0.006 },
  ]);
  expect(service.asked().filter((each) => each === 'DetectLabels').length).toBeGreaterThanOrEqual(2);
}, 60_000);

test('a transcription that is refused fails its job with the reason', async () => {
  const outputs = { said: { type: 'transcript', language: 'xx' } };
  const job = await ana.ended((await ana.submit({ inputs: { in: testPattern(1) }, outputs })).id);
  expect(job).toMatchObject({
    status: 'failed',
    error: {
      code: 'spec.invalid',
      phase: 'recognising',
      output: 'said',
      message: expect.stringContaining('does not know the language "xx"'),
    },
  });
}, 30_000);

test('a job that is canceled while it waits for its transcript asks no more, and leaves no sound behind', async () => {
  service.played.polls = 1_000_000;
  const { id } = await ana.submit({ inputs: { in: testPattern(1) }, outputs: { said: { type: 'transcript' } } });
  await expect.poll(() => service.asked().at(-1), { timeout: 20_000 }).toBe('GetTranscriptionJob');
  const answer = await ana.request('POST', `/v1/jobs/${id}/cancel`);
  expect(answer.status).toBe(202);
  await expect.poll(() => service.objects.size, { timeout: 5_000 }).toBe(0);
  const asked = service.asked().length;
  await expect(ana.ended(id)).resolves.toMatchObject({ status: 'canceled', outputs: { said: { files: [] } } });
  expect(service.asked()).toHaveLength(asked);
}, 40_000);
