import type { Secrets } from '#core/ports/secrets.ts';
import type { Speech } from '#core/ports/speech.ts';
import type { Web } from '#core/ports/web.ts';
import { elevenLabsSpeech } from './speech.ts';

/** Where the key lies, in Secrets Manager or in the folder of secrets. */
const secretName = 'elevenlabs';

/** Speech with the key that is the deployment's secret `elevenlabs`, read when a text is spoken. */
export const elevenLabsOfSecret = ({
  web,
  secrets,
  baseUrl,
}: {
  web: Pick<Web, 'request'>;
  secrets: Secrets;
  baseUrl?: string | undefined;
}): Speech => ({
  speak: async (request, file, signal) => {
    const apiKey = await secrets.read(secretName);
    return elevenLabsSpeech({ web, apiKey, ...(baseUrl === undefined ? {} : { baseUrl }) }).speak(
      request,
      file,
      signal,
    );
  },
});
