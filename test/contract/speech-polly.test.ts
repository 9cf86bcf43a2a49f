import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeVoicesCommand, SynthesizeSpeechCommand, type Voice } from '@aws-sdk/client-polly';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pollyClient } from '#adapters/polly/client.ts';
import { pollySpeech } from '#adapters/polly/speech.ts';
import { startOrigin } from '#test/support/origin.ts';

const voices: Voice[] = [
  { Id: 'Joanna', Name: 'Joanna', LanguageCode: 'en-US', SupportedEngines: ['generative', 'neural', 'standard'] },
  { Id: 'Hans', Name: 'Hans', LanguageCode: 'de-DE', SupportedEngines: ['standard'] },
  {
    Id: 'Aditi',
    Name: 'Aditi',
    LanguageCode: 'en-IN',
    AdditionalLanguageCodes: ['hi-IN'],
    SupportedEngines: ['standard'],
  },
  { Id: 'Gregory', Name: 'Gregory', LanguageCode: 'en-US', SupportedEngines: ['long-form'] },
  { Id: 'Lea', Name: 'Léa', LanguageCode: 'fr-FR', SupportedEngines: ['neural'] },
];
const sound = Buffer.from('ID3 sound');
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };

let folder: string;
const file = (): string => join(folder, 'speech.mp3');
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinoduct-polly-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Polly's REST protocol over the wire, answered by a server that looks at every request. */
const startPolly = () =>
  startOrigin(({ method, url, headers }, response) => {
    if (!headers.authorization?.startsWith('AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/'))
      return void response.writeHead(403).end();
    if (method === 'GET' && url === '/v1/voices') {
      return void response.end(JSON.stringify({ Voices: voices.slice(0, 2), NextToken: 'more' }));
    }
    if (method === 'GET' && url === '/v1/voices?NextToken=more')
      return void response.end(JSON.stringify({ Voices: voices.slice(2) }));
    if (method !== 'POST' || url !== '/v1/speech') return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': 'audio/mpeg', 'x-amzn-requestcharacters': '9' }).end(sound);
  });

describe('speech by Polly, over the wire', () => {
  test('asks for all voices once, and for each speech as Polly documents it', async () => {
    await using origin = await startPolly();
    const speech = pollySpeech({ client: pollyClient({ endpoint: origin.url, region: 'eu-west-1', credentials }) });
    expect(await speech.speak({ text: 'Grüß dich', voice: 'joanna' }, file())).toEqual({
      bytes: sound.length,
      characters: 9,
      contentType: 'audio/mpeg',
    });
    expect((await readFile(file())).equals(sound)).toBe(true);
    await speech.speak({ text: 'Namaste', voice: 'Aditi', language: 'hi' }, `${file()}2`);
    const spoken = origin.asked
      .filter(({ method }) => method === 'POST')
      .map(({ body }) => JSON.parse(body.toString()));
    expect(origin.asked).toHaveLength(4);
    expect(spoken).toEqual([
      { Text: 'Grüß dich', VoiceId: 'Joanna', OutputFormat: 'mp3', TextType: 'text', Engine: 'neural' },
      {
        Text: 'Namaste',
        VoiceId: 'Aditi',
        OutputFormat: 'mp3',
        TextType: 'text',
        Engine: 'standard',
        LanguageCode: 'hi-IN',
      },
    ]);
  });

  test.each([
    ['TextLengthExceededException', 400, 'spec.invalid'],
    ['InvalidParameterValue', 400, 'spec.invalid'],
    ['ThrottlingException', 400, 'platform.throttled'],
    ['UnrecognizedClientException', 403, 'auth.invalid'],
    ['ServiceFailureException', 500, 'provider.speech'],
  ])('the error %s (%i) is %s', async (name, status, code) => {
    await using origin = await startOrigin(({ url }, response) => {
      if (url.startsWith('/v1/voices')) return void response.end(JSON.stringify({ Voices: voices }));
      response.writeHead(status, { 'x-amzn-errortype': name, 'content-type': 'application/json' });
      response.end(JSON.stringify({ message: 'no' }));
    });
    const client = pollyClient({ endpoint: origin.url, region: 'eu-west-1', credentials, maxAttempts: 1 });
    const asking = pollySpeech({ client }).speak({ text: 'x', voice: 'Hans' }, file());
    await expect(asking).rejects.toMatchObject({ code });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('speech by Polly', () => {
  const client = pollyClient({ region: 'eu-west-1', credentials });
  const polly = mockClient(client);
  const speak = (request: { text?: string; voice: string; language?: string }, signal?: AbortSignal) =>
    pollySpeech({ client }).speak({ text: 'x', ...request }, file(), signal);

  beforeEach(() => {
    polly.reset();
    polly.on(DescribeVoicesCommand).resolves({ Voices: voices });
    const AudioStream = { transformToByteArray: async () => sound } as never; // true: all that the adapter uses of it
    polly.on(SynthesizeSpeechCommand).resolves({ AudioStream });
  });
  const synthesized = () => polly.commandCalls(SynthesizeSpeechCommand).map(({ args }) => args[0].input);

  test.each([
    ['Joanna', 'neural'],
    ['Hans', 'standard'],
    ['Gregory', 'long-form'],
    ['léa', 'neural'],
  ])('%s speaks with the engine %s', async (voice, Engine) => {
    await speak({ voice });
    expect(synthesized()).toMatchObject([{ Engine }]);
  });

  test('characters are those of the text where Polly does not tell', async () => {
    expect(await speak({ text: 'four', voice: 'Hans' })).toMatchObject({ characters: 4 });
  });

  test.each([
    [{ voice: 'Jonna' }, /no voice "Jonna". Near: Joanna, /],
    [{ voice: 'Xaver', language: 'de' }, /Near: Hans\./],
    [{ voice: 'Hans', language: 'fr-FR' }, /Hans does not speak fr-FR, only de-DE/],
    [{ voice: 'Joanna', text: 'x'.repeat(3001) }, /3001 characters/],
  ])('%j is invalid, and nothing is spoken', async (request, message) => {
    await expect(speak(request)).rejects.toMatchObject({ code: 'spec.invalid', message });
    expect(synthesized()).toEqual([]);
  });

  test.each([
    ['en-US', 'en-US'],
    ['EN', 'en-US'],
  ])('the language %s of Joanna is %s', async (language, LanguageCode) => {
    await speak({ voice: 'Joanna', language });
    expect(synthesized()).toMatchObject([{ LanguageCode }]);
  });

  test('an answer without sound is a failure of the provider', async () => {
    polly.on(SynthesizeSpeechCommand).resolves({});
    await expect(speak({ voice: 'Hans' })).rejects.toMatchObject({ code: 'provider.speech' });
    expect(await readdir(folder)).toEqual([]);
  });

  test('a list of voices that failed is asked for again', async () => {
    polly.on(DescribeVoicesCommand).rejectsOnce(new Error('down')).resolves({ Voices: voices });
    const speech = pollySpeech({ client });
    await expect(speech.speak({ text: 'x', voice: 'Hans' }, file())).rejects.toMatchObject({ code: 'provider.speech' });
    expect(await speech.speak({ text: 'x', voice: 'Hans' }, file())).toMatchObject({ bytes: sound.length });
  });

  test('stops with the reason of its signal', async () => {
    polly.restore();
    const reason = new Error('canceled');
    const real = pollySpeech({
      client: pollyClient({ endpoint: 'http://127.0.0.1:9', region: 'eu-west-1', credentials }),
    });
    await expect(real.speak({ text: 'x', voice: 'Hans' }, file(), AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
