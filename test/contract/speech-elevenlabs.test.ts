import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { elevenLabsSpeech } from '#adapters/elevenlabs/speech.ts';
import { guardedWeb } from '#adapters/http/web.ts';
import { type Asked, type Origin, startOrigin } from '#test/support/origin.ts';

const voices = [
  { voice_id: 'id-two', name: 'Rachel Two', category: 'premade' },
  { voice_id: 'id-one', name: 'rachel' },
];
const sound = Buffer.from('ID3 sound');

/** Answers like the service, and refuses what the service would refuse. */
describe('speech by ElevenLabs', () => {
  let folder: string;
  let origin: Origin;
  let speaking: { status: number; body: unknown; headers?: Record<string, string> } | undefined;
  const file = (): string => join(folder, 'speech.mp3');
  const speech = (more: { model?: string; apiKey?: string; baseUrl?: string } = {}) =>
    elevenLabsSpeech({ web: guardedWeb({ privateHosts: [origin.host] }), apiKey: 'key', baseUrl: origin.url, ...more });
  const json = (value: unknown): string => JSON.stringify(value);
  const spoken = (): Asked | undefined => origin.asked.find(({ method }) => method === 'POST');

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kinoduct-speech-'));
    speaking = undefined;
    origin = await startOrigin(({ url, headers }, response) => {
      response.setHeader('content-type', 'application/json');
      if (headers['xi-api-key'] !== 'key') {
        response.writeHead(401).end(json({ detail: { status: 'invalid_api_key', message: 'Invalid API key' } }));
      } else if (url.startsWith('/v2/voices')) {
        const search = new URL(url, 'http://x').searchParams.get('search')?.toLowerCase();
        const found = voices.filter(({ name }) => search === undefined || name.toLowerCase().includes(search));
        response.end(json({ voices: found, has_more: false }));
      } else if (speaking) {
        response.writeHead(speaking.status, speaking.headers).end(json(speaking.body));
      } else response.writeHead(200, { 'content-type': 'audio/mpeg', 'character-cost': '7' }).end(sound);
    });
  });
  afterEach(async () => {
    await origin[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  test('asks for the voice, then for the speech, as the service documents it', async () => {
    const answer = await speech().speak({ text: 'Grüß dich', voice: 'Rachel' }, file());
    expect(answer).toEqual({ bytes: sound.length, characters: 7, contentType: 'audio/mpeg' });
    expect((await readFile(file())).equals(sound)).toBe(true);
    expect(origin.asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /v2/voices?search=Rachel',
      'POST /v1/text-to-speech/id-one?output_format=mp3_44100_128',
    ]);
    expect(spoken()?.headers).toMatchObject({ 'xi-api-key': 'key', 'content-type': 'application/json' });
    expect(JSON.parse(spoken()?.body.toString() ?? '')).toEqual({
      text: 'Grüß dich',
      model_id: 'eleven_multilingual_v2',
    });
  });

  test.each([
    ['RACHEL', 'id-one'],
    ['Rachel T', 'id-two'],
    ['rach', 'id-two'],
    ['id-two', 'id-two'],
  ])('the voice "%s" is %s: the exact name, else the first found, or an id', async (voice, id) => {
    await speech().speak({ text: 'x', voice }, file());
    expect(spoken()?.url).toContain(`/${id}?`);
  });

  test('a language is told to the models that can be told one', async () => {
    await speech({ model: 'eleven_flash_v2_5' }).speak({ text: 'x', voice: 'rachel', language: 'de-AT' }, file());
    expect(JSON.parse(spoken()?.body.toString() ?? '')).toMatchObject({ language_code: 'de' });
    await speech().speak({ text: 'x', voice: 'rachel', language: 'de-AT' }, `${file()}2`);
    expect(JSON.parse(origin.asked.at(-1)?.body.toString() ?? '')).not.toHaveProperty('language_code');
  });

  test('an unknown voice is invalid, names those that there are, and costs nothing', async () => {
    const asking = speech().speak({ text: 'x', voice: 'Nobody' }, file());
    await expect(asking).rejects.toMatchObject({ code: 'spec.invalid', message: /Rachel Two, rachel/ });
    expect(spoken()).toBeUndefined();
  });

  const detail = (status: string) => ({ detail: { status, message: `because ${status}` } });
  test.each([
    [400, detail('max_character_limit_exceeded'), 'spec.invalid'],
    [404, detail('voice_not_found'), 'spec.invalid'],
    [422, { detail: [{ loc: ['body', 'text'], msg: 'field required' }] }, 'spec.invalid'],
    [401, detail('invalid_api_key'), 'auth.invalid'],
    [401, detail('quota_exceeded'), 'provider.speech'],
    [429, detail('too_many_concurrent_requests'), 'platform.throttled'],
    [500, 'oops', 'provider.speech'],
    [302, '', 'provider.speech'],
  ])('status %i with %j is %s', async (status, body, code) => {
    speaking = { status, body };
    const asking = speech().speak({ text: 'x', voice: 'rachel' }, file());
    await expect(asking).rejects.toMatchObject({ code });
    expect(await readdir(folder)).toEqual([]);
  });

  test('a wrong key is told at once, and never shown', async () => {
    const asking = speech({ apiKey: 'wrong-secret' }).speak({ text: 'x', voice: 'rachel' }, file());
    await expect(asking).rejects.toMatchObject({ code: 'auth.invalid' });
    const failure: unknown = await asking.catch((error: unknown) => error);
    expect(JSON.stringify(failure)).not.toContain('wrong-secret');
    expect(origin.asked).toHaveLength(1);
  });

  test('an answer that is no list of voices, and no answer, are failures of the provider', async () => {
    await using odd = await startOrigin((_, response) => void response.end('<html>'));
    const web = guardedWeb({ privateHosts: [odd.host] });
    const options = { web, apiKey: 'key', baseUrl: odd.url };
    const failure = { code: 'provider.speech' };
    await expect(elevenLabsSpeech(options).speak({ text: 'x', voice: 'r' }, file())).rejects.toMatchObject(failure);
    const nowhere = elevenLabsSpeech({ ...options, baseUrl: 'http://127.0.0.1:9' });
    await expect(nowhere.speak({ text: 'x', voice: 'r' }, file())).rejects.toMatchObject(failure);
  });

  test('refuses to write over a file', async () => {
    await writeFile(file(), 'mine');
    await expect(speech().speak({ text: 'x', voice: 'rachel' }, file())).rejects.toThrow('EEXIST');
    expect(await readFile(file(), 'utf8')).toBe('mine');
  });

  test('stops with the reason of its signal', async () => {
    const reason = new Error('canceled');
    const asking = speech().speak({ text: 'x', voice: 'rachel' }, file(), AbortSignal.abort(reason));
    await expect(asking).rejects.toBe(reason);
  });
});
