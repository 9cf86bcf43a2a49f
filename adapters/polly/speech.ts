/** Speech by Amazon Polly. The role needs `polly:DescribeVoices` and `polly:SynthesizeSpeech`. */
import { writeFile } from 'node:fs/promises';
import {
  DescribeVoicesCommand,
  type Engine,
  type LanguageCode,
  type PollyClient,
  SynthesizeSpeechCommand,
  type Voice,
} from '@aws-sdk/client-polly';
import { Failure, type FailureCode } from '#core/failures.ts';
import type { Speech, SpeechRequest } from '#core/ports/speech.ts';

/** Of billed characters in one request: https://docs.aws.amazon.com/polly/latest/dg/limits.html */
const mostCharacters = 3000;

/** Errors of the service, by their names in the SDK. Those of credentials are the deployment's own, so they stay below. */
const codes: Readonly<Record<string, FailureCode>> = {
  InvalidParameterValue: 'spec.invalid',
  InvalidParameterValueException: 'spec.invalid',
  ValidationException: 'spec.invalid',
  TextLengthExceededException: 'spec.invalid',
  LanguageNotSupportedException: 'spec.invalid',
  EngineNotSupportedException: 'spec.invalid',
  ThrottlingException: 'platform.throttled',
  ServiceQuotaExceededException: 'platform.throttled',
  UnrecognizedClientException: 'auth.invalid',
  InvalidSignatureException: 'auth.invalid',
  AccessDeniedException: 'auth.invalid',
};

const details: Readonly<Partial<Record<FailureCode, string>>> = {
  'spec.invalid': 'Polly does not take this text with this voice and language.',
  'auth.invalid': 'Polly refuses the credentials of this deployment.',
};

const asFailure = async <T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    signal?.throwIfAborted();
    const code = codes[error instanceof Error ? error.name : ''] ?? 'provider.speech';
    const detail = details[code];
    throw new Failure(code, detail === undefined ? {} : { detail }, { cause: error });
  }
};

const invalid = (detail: string): Failure => new Failure('spec.invalid', { detail });

const same = (a: string | undefined, b: string): boolean => a?.toLowerCase() === b.toLowerCase();

const languagesOf = ({ LanguageCode, AdditionalLanguageCodes }: Voice): readonly LanguageCode[] => [
  ...(LanguageCode ? [LanguageCode] : []),
  ...(AdditionalLanguageCodes ?? []),
];

/** `en` means any English; `en-US` means only that. */
const speaks = (language: string) => (code: string) =>
  same(code, language) || code.toLowerCase().startsWith(`${language.toLowerCase()}-`);

const near = (voices: readonly Voice[], { voice, language }: SpeechRequest): string => {
  const begins = (name = '') => name.toLowerCase().startsWith(voice.slice(0, 1).toLowerCase());
  const fitting = voices.filter((one) => !language || languagesOf(one).some(speaks(language)));
  const best = [...fitting.filter(({ Id }) => begins(Id)), ...fitting.filter(({ Id }) => !begins(Id))];
  return best
    .slice(0, 8)
    .map(({ Id }) => Id)
    .join(', ');
};

const chosen = (voices: readonly Voice[], request: SpeechRequest): Voice => {
  const found = voices.find(({ Id, Name }) => same(Id, request.voice) || same(Name, request.voice));
  if (!found) throw invalid(`Polly has no voice "${request.voice}". Near: ${near(voices, request)}.`);
  return found;
};

const spokenBy = (voice: Voice, language: string): LanguageCode => {
  const code = languagesOf(voice).find(speaks(language));
  if (!code) throw invalid(`${voice.Id} does not speak ${language}, only ${languagesOf(voice).join(', ')}.`);
  return code;
};

/** The best that every account has; `undefined` lets Polly say what is wrong. */
const engineOf = ({ SupportedEngines = [] }: Voice): Engine | undefined =>
  (['neural', 'standard'] as const).find((engine) => SupportedEngines.includes(engine)) ?? SupportedEngines[0];

const allVoices = async (client: PollyClient, signal: AbortSignal | undefined): Promise<readonly Voice[]> => {
  const voices: Voice[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(new DescribeVoicesCommand({ NextToken: token }), { abortSignal: signal });
    voices.push(...(page.Voices ?? []));
    token = page.NextToken;
  } while (token);
  return voices;
};

/** The neural engine where the voice has it, mp3 at the engine's best rate. The voices are asked for once. */
export const pollySpeech = ({ client }: { client: PollyClient }): Speech => {
  let known: readonly Voice[] | undefined;
  return {
    speak: async (request, file, signal) => {
      if (request.text.length > mostCharacters) {
        throw invalid(`The text has ${request.text.length} characters; Polly speaks ${mostCharacters} at once.`);
      }
      known ??= await asFailure(allVoices(client, signal), signal);
      const voice = chosen(known, request);
      const command = new SynthesizeSpeechCommand({
        OutputFormat: 'mp3',
        TextType: 'text',
        Text: request.text,
        VoiceId: voice.Id,
        Engine: engineOf(voice),
        LanguageCode: request.language === undefined ? undefined : spokenBy(voice, request.language),
      });
      const spoken = async () => {
        const { AudioStream, RequestCharacters } = await client.send(command, { abortSignal: signal });
        return { audio: await AudioStream?.transformToByteArray(), characters: RequestCharacters };
      };
      const { audio, characters = request.text.length } = await asFailure(spoken(), signal);
      if (!audio?.length) throw new Failure('provider.speech', { detail: 'Polly answered without sound.' });
      await writeFile(file, audio, { flag: 'wx' });
      return { bytes: audio.length, characters, contentType: 'audio/mpeg' };
    },
  };
};
