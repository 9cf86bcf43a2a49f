import { fileArgument, quietFlags } from '../ffmpeg/hardened.ts';
import type { FetchTask } from '../job/plan.ts';
import type { Name } from '../job/values.ts';
import { defineInput, fetchLimits, fetchTaskId, type InputOf } from './define-input.ts';
import { fetchImported } from './stored.ts';

const [file, text] = ['speech.flac', 'speech.txt'];
const [filter, rate] = ['flite', 48_000];

/** The voices of FFmpeg's `flite`: a woman, and three men. */
const localVoices = ['slt', 'rms', 'awb', 'kal'] as const;

/** Speakers read some fifteen characters a second. */
const charactersPerSecond = 15;

/**
 * The voice that speaks for one of that name without a service: itself where `flite` has it, else always the same one
 * for the same name, so that two voices of a job mostly stay two.
 */
const localVoice = (voice: string): (typeof localVoices)[number] => {
  const known = localVoices.find((name) => name === voice);
  const sum = [...voice].reduce((total, letter) => total + (letter.codePointAt(0) ?? 0), 0);
  return known ?? localVoices[sum % localVoices.length] ?? 'slt';
};

/** The text lies in a file: it is never a part of an argument, whose syntax it could break out of. */
const spokenHere = ({ name, input: { speech: said } }: { name: Name; input: InputOf<'speech'> }): FetchTask => ({
  kind: 'fetch',
  id: fetchTaskId(name),
  input: name,
  generate: {
    texts: [{ file: text, document: { kind: 'text', text: said.text } }],
    file,
    contentType: 'audio/flac',
    command: {
      arguments: [
        ...quietFlags,
        ...['-f', 'lavfi', '-i', `${filter}=textfile=${text}:voice=${localVoice(said.voice)}`],
        ...['-map', '0:a:0', '-ar', String(rate), '-c:a', 'flac'],
        ...['-progress', 'pipe:3', '-f', 'flac', fileArgument(file)],
      ],
      progressSeconds: Math.max(1, said.text.length / charactersPerSecond),
    },
  },
  limits: fetchLimits,
});

/** A job whose provider is left out has been given the deployment's own before it comes here. */
export const speech = defineInput({
  kind: 'speech',
  summary:
    'A text, spoken. By Polly or ElevenLabs, each text and voice once and then from the library; or by "local", which is ' +
    '`flite` of FFmpeg, needs no service and knows English and four voices: slt, rms, awb and kal. Other names get one of them.',
  examples: [
    { speech: { text: 'Welcome to the show.', voice: 'slt', provider: 'local' } },
    { speech: { text: 'Guten Tag.', voice: 'Vicki', provider: 'polly', language: 'de-DE' } },
    { speech: { text: 'Good evening.', voice: 'Rachel', provider: 'elevenlabs' } },
  ],
  elsewhere: ({ speech: said }) => (said.provider === 'local' ? undefined : { speech: said }),
  fetch: (options) => (options.input.speech.provider === 'local' ? spokenHere(options) : fetchImported(options)),
});
