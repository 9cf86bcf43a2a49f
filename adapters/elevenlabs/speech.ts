/** Speech by ElevenLabs: https://elevenlabs.io/docs/api-reference/text-to-speech/convert and …/voices/search. */
import { writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { Failure } from '#core/failures.ts';
import type { Speech, SpeechRequest } from '#core/ports/speech.ts';
import type { Web, WebAnswer, WebRequest } from '#core/ports/web.ts';

const Voices = z.object({ voices: z.array(z.object({ voice_id: z.string(), name: z.string() })) });
type Voice = z.output<typeof Voices>['voices'][number];

/** `detail` is an object of the service, or a list where the request does not fit its schema. */
const Refusal = z.object({ detail: z.object({ status: z.string(), message: z.string().default('') }) });

/** About an hour of mp3 at 128 kbit/s. */
const mostBytes = 64 * 1024 * 1024;

/** Their key may be good, though: these come with status 401 too. */
const quota: ReadonlySet<string> = new Set([
  'quota_exceeded',
  'detected_unusual_activity',
  'too_many_concurrent_requests',
]);

export interface ElevenLabsOptions {
  readonly web: Pick<Web, 'request'>;
  readonly apiKey: string;
  readonly baseUrl?: string;
  /** Characters are priced by the model. */
  readonly model?: string;
}

const text = (answer: WebAnswer): string => new TextDecoder().decode(answer.body);

const json = (answer: WebAnswer): unknown => {
  try {
    return JSON.parse(text(answer));
  } catch {
    return undefined;
  }
};

const failureOf = (answer: WebAnswer): Failure => {
  const { status = '', message = '' } = Refusal.safeParse(json(answer)).data?.detail ?? {};
  const said = message.slice(0, 300) || `ElevenLabs answered with status ${answer.status}.`;
  if (answer.status === 429) return new Failure('platform.throttled', { detail: said });
  if (quota.has(status)) return new Failure('provider.speech', { detail: said });
  if (answer.status === 401 || answer.status === 403) {
    return new Failure('auth.invalid', { detail: 'ElevenLabs refuses the key of this deployment.' });
  }
  if ([400, 404, 422].includes(answer.status)) return new Failure('spec.invalid', { detail: said });
  return new Failure('provider.speech', { detail: said });
};

/** The answers of the service; what it means that there is none. */
const caller = ({ web, apiKey, baseUrl = 'https://api.elevenlabs.io' }: ElevenLabsOptions) => {
  const headers = { 'xi-api-key': apiKey };
  return async (path: string, request: Partial<WebRequest>, signal?: AbortSignal): Promise<WebAnswer> => {
    const url = `${baseUrl}${path}`;
    const answering = web.request(
      { method: 'GET', url, ...request, headers: { ...headers, ...request.headers } },
      signal,
    );
    const answer = await answering.catch((error: unknown) => {
      signal?.throwIfAborted();
      throw new Failure('provider.speech', { detail: 'ElevenLabs does not answer.' }, { cause: error });
    });
    if (answer.status !== 200) throw failureOf(answer);
    return answer;
  };
};

const voicesOf = (answer: WebAnswer): readonly Voice[] => {
  const parsed = Voices.safeParse(json(answer));
  if (!parsed.success) throw new Failure('provider.speech', { detail: 'ElevenLabs answered with no list of voices.' });
  return parsed.data.voices;
};

/** Only these models can be told a language; the others hear it from the text and answer 400 where one is named. */
const language = (model: string, { language }: SpeechRequest) =>
  language && model.endsWith('_v2_5') ? { language_code: language.split('-')[0]?.toLowerCase() } : {};

/**
 * A voice is a name or an id of the account's own voices: the one of exactly this name, else the first that the service's
 * search finds. Characters are those of the header `character-cost`, of the text where it is missing.
 */
export const elevenLabsSpeech = (options: ElevenLabsOptions): Speech => {
  const call = caller(options);
  const { model = 'eleven_multilingual_v2' } = options;

  const voiceOf = async (name: string, signal?: AbortSignal): Promise<Voice> => {
    const found = voicesOf(await call(`/v2/voices?search=${encodeURIComponent(name)}`, {}, signal));
    const exact = found.find((voice) => voice.voice_id === name || voice.name.toLowerCase() === name.toLowerCase());
    const best = exact ?? found[0];
    if (best) return best;
    const all = voicesOf(await call('/v2/voices?page_size=100', {}, signal));
    const byId = all.find(({ voice_id }) => voice_id === name);
    if (byId) return byId;
    const names = all.slice(0, 8).map((voice) => voice.name);
    const has = names.length > 0 ? `It has ${names.join(', ')}.` : 'It has none.';
    throw new Failure('spec.invalid', { detail: `The ElevenLabs account has no voice "${name}". ${has}` });
  };

  return {
    speak: async (request, file, signal) => {
      const { voice_id } = await voiceOf(request.voice, signal);
      const body = JSON.stringify({ text: request.text, model_id: model, ...language(model, request) });
      const answer = await call(
        `/v1/text-to-speech/${encodeURIComponent(voice_id)}?output_format=mp3_44100_128`,
        {
          method: 'POST',
          headers: { 'content-type': 'application/json', accept: 'audio/mpeg' },
          body,
          timeoutSeconds: 180,
          maxBytes: mostBytes,
        },
        signal,
      );
      if (answer.body.length === 0)
        throw new Failure('provider.speech', { detail: 'ElevenLabs answered without sound.' });
      await writeFile(file, answer.body, { flag: 'wx' });
      const cost = Number.parseInt(answer.headers['character-cost'] ?? '', 10);
      const characters = Number.isSafeInteger(cost) ? cost : request.text.length;
      return { bytes: answer.body.length, characters, contentType: 'audio/mpeg' };
    },
  };
};
