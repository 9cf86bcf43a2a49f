/** The real clients of the SDK, over the wire, against services that look at every request. */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { guardedWeb } from '#adapters/http/web.ts';
import { rekognitionClient } from '#adapters/rekognition/client.ts';
import { rekognition } from '#adapters/rekognition/see.ts';
import { transcribeClient } from '#adapters/transcribe/client.ts';
import { languageCode } from '#adapters/transcribe/language.ts';
import { transcribe, type TranscribeOptions } from '#adapters/transcribe/transcribe.ts';
import { recognisers } from '#functions/transfer/recognition-wiring.ts';
import { refusal, type Recognition, startRecognition } from '#test/support/recognition.ts';

const jpeg = Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 0xff, 0xd9]);
let service: Recognition;
beforeAll(async () => {
  service = await startRecognition();
});
afterEach(() => {
  expect(service.wrong).toEqual([]);
  expect(service.jobs.size).toBe(0);
  Object.assign(service.played, { polls: 1, unsafe: [], failure: undefined });
  service.inject({});
});
afterAll(() => service.close());

const told = () => ({
  endpoint: service.url,
  region: 'eu-west-1',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
});

/** Answers every request so until there are no more. */
const answering = (...replies: ReturnType<typeof refusal>[]) =>
  service.inject({ answer: ({ headers }) => (headers['x-amz-target'] ? replies.shift() : undefined) });

describe('Rekognition', () => {
  const see = (config = {}) => rekognition({ client: rekognitionClient({ ...told(), ...config }) });

  test('labels are those that it is sure enough of, with what they are a kind of', async () => {
    expect(await see().labels(jpeg, { minConfidence: 0.7 })).toEqual([
      { name: 'Dog', confidence: 0.975, parents: ['Animal'] },
    ]);
    expect(await see().labels(jpeg, { minConfidence: 0.5 })).toHaveLength(2);
  });

  test('moderation finds nothing, or what it is and what that is a kind of', async () => {
    expect(await see().moderation(jpeg, { minConfidence: 0.6 })).toEqual([]);
    service.played.unsafe = [{ Name: 'Weapons', ParentName: 'Violence', Confidence: 80 }];
    expect(await see().moderation(jpeg, { minConfidence: 0.6 })).toEqual([
      { name: 'Weapons', confidence: 0.8, parents: ['Violence'] },
    ]);
  });

  test('being told to slow down it asks again', async () => {
    answering(refusal('ThrottlingException'));
    expect(await see().labels(jpeg, { minConfidence: 0.7 })).toHaveLength(1);
  });

  test.each([
    ['ThrottlingException', 400, 'platform.throttled'],
    ['ProvisionedThroughputExceededException', 400, 'platform.throttled'],
    ['InvalidImageFormatException', 400, 'spec.invalid'],
    ['AccessDeniedException', 400, 'auth.invalid'],
    ['UnrecognizedClientException', 400, 'auth.invalid'],
    ['InternalServerError', 500, 'provider.recognition'],
  ])('the error %s (%i) is %s', async (name, status, code) => {
    answering(refusal(name, status));
    const asking = see({ maxAttempts: 1 }).labels(jpeg, { minConfidence: 0.7 });
    await expect(asking).rejects.toMatchObject({ code });
  });

  test('stops with the reason of its signal', async () => {
    const reason = new Error('canceled');
    await expect(see().labels(jpeg, { minConfidence: 0.7 }, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe('Transcribe', () => {
  const removed: string[] = [];
  const listener = (more: Partial<TranscribeOptions> = {}) =>
    transcribe({
      client: transcribeClient({ ...told(), maxAttempts: 1 }),
      web: guardedWeb({ privateHosts: [service.host] }),
      place: async ({ key }) => ({ uri: `s3://media/${key}`, remove: async () => void removed.push(key) }),
      pollSeconds: 0.005,
      ...more,
    });
  const sound = (key: string, seconds = 20.2) => ({ key, seconds, fetched: async () => '/nowhere' });

  test('words come with their times and what ends a sentence; nothing is left behind there', async () => {
    service.played.polls = 3;
    const steps: number[] = [];
    const wanted = { id: 'job_1-recognise-said' };
    const heard = await listener()(sound('a.wav'), wanted, { onProgress: (share) => steps.push(share) });
    expect(heard).toEqual({
      language: 'en-US',
      words: [
        { text: 'Hello,', start: 0.1, end: 0.5, confidence: 0.98 },
        { text: 'world.', start: 0.5, end: 0.9, confidence: 0.9 },
      ],
      billedSeconds: 21,
    });
    expect(steps).toHaveLength(3);
    expect(steps.toSorted((a, b) => a - b)).toEqual(steps);
    expect(removed).toEqual(['a.wav']);
    expect(service.asked().slice(-6)).toEqual([
      'StartTranscriptionJob',
      ...Array.from({ length: 4 }, () => 'GetTranscriptionJob'),
      'DeleteTranscriptionJob',
    ]);
  });

  test('on AWS the sound is read where the runner has put it, and words have their times', async () => {
    for (const [name, value] of Object.entries(service.env)) vi.stubEnv(name, value);
    service.played.polls = 0;
    const onAws = recognisers({ MEDIA_BUCKET: 'media-of-ours' }, guardedWeb({ privateHosts: [service.host] }));
    const heard = await onAws.transcript?.(sound('outputs/ana/a.wav'), { id: 'aws' });
    vi.unstubAllEnvs();
    expect(heard).toMatchObject({ language: 'en-US' });
    expect(service.heard.at(-1)).toBe('s3://media-of-ours/outputs/ana/a.wav');
  });

  test('a short sound is billed as fifteen seconds', async () => {
    expect(await listener()(sound('b.wav', 2), { id: 'b', language: 'de' })).toMatchObject({ billedSeconds: 15 });
  });

  test('one that takes long is waited for by the next call, and is begun once', async () => {
    service.played.polls = 1000;
    const before = removed.length;
    const waiting = listener({ patienceSeconds: 0.01 })(sound('c.wav'), { id: 'c' });
    await expect(waiting).rejects.toMatchObject({ code: 'platform.throttled' });
    expect(removed).toHaveLength(before);
    service.played.polls = 0;
    expect(await listener()(sound('c.wav'), { id: 'c' })).toMatchObject({ language: 'en-US' });
    expect(removed.slice(before)).toEqual(['c.wav']);
  });

  test('where nobody speaks there are no words, although the service fails', async () => {
    service.played.failure =
      'Your audio file must have a speech segment long enough in duration to perform automatic language identification. Provide an audio file with someone speaking for a longer period of time and try your request again.';
    expect(await listener()(sound('d.wav'), { id: 'd' })).toEqual({ language: null, words: [], billedSeconds: 21 });
  });

  test('one that fails says why', async () => {
    service.played.failure = 'The media format that you specified does not match the detected media format.';
    const failing = listener()(sound('e.wav'), { id: 'e' });
    await expect(failing).rejects.toMatchObject({ code: 'provider.recognition', message: /media format/ });
  });

  test.each([
    ['BadRequestException', 400, 'spec.invalid'],
    ['LimitExceededException', 400, 'platform.throttled'],
    ['AccessDeniedException', 400, 'auth.invalid'],
    ['InternalFailureException', 500, 'provider.recognition'],
  ])('the error %s (%i) is %s', async (name, status, code) => {
    answering(refusal(name, status));
    await expect(listener()(sound('f.wav'), { id: 'f' })).rejects.toMatchObject({ code });
  });

  test('stops with the reason of its signal while it waits', async () => {
    service.played.polls = 1000;
    const stop = new AbortController();
    const reason = new Error('canceled');
    const waiting = listener({ pollSeconds: 60 })(
      sound('g.wav'),
      { id: 'g' },
      { signal: stop.signal, onProgress: () => stop.abort(reason) },
    );
    await expect(waiting).rejects.toBe(reason);
    service.jobs.clear();
  });

  test.each([
    ['en', 'en-US'],
    ['DE', 'de-DE'],
    ['pt', 'pt-BR'],
    ['en-gb', 'en-GB'],
    ['ja', 'ja-JP'],
  ])('the language %s is %s', (wanted, code) => expect(languageCode(wanted)).toBe(code));

  test('a language that it does not know is invalid, with those that come near', () => {
    expect(() => languageCode('en-XX')).toThrow(/en-US/);
    expect(() => languageCode('xx')).toThrow(/leave it out/);
  });
});
