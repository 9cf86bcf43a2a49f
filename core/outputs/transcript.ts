import type { Recipe } from '../ffmpeg/recipe.ts';
import { audio } from './audio.ts';
import { captionFile } from './captions.ts';
import { containerFile } from './container-file.ts';
import { defineOutput } from './define-output.ts';

/** What recognisers of speech work with. */
const heard = { preset: 'wav', channels: 1, sampleRate: 16_000 } as const;

export const transcript = defineOutput({
  type: 'transcript',
  summary:
    'What is said: captions as WebVTT or SubRip, which a video can have burned in, or JSON with the time of every word. By ' +
    'Amazon Transcribe, where the deployment has `contentAnalysis`.',
  examples: [
    { title: 'Captions in the language that is spoken', output: { type: 'transcript' } },
    { title: 'Every word of German with its time', output: { type: 'transcript', language: 'de-DE', format: 'json' } },
  ],
  plan: (context): Recipe => {
    const { name, output, source, hash } = context;
    const sound = `sound-${hash(JSON.stringify([source.from, source.audio?.index, source.start, source.seconds])).slice(0, 16)}`;
    const made = audio.plan({ ...context, name: sound, output: { type: 'audio', encode: heard } });
    if (made.kind !== 'branch') throw new TypeError('sound is a branch');
    const { language } = output;
    const format = output.format === 'json' || output.format === 'srt' ? output.format : 'webvtt';
    const seconds = made.expects.durationSeconds ?? null;
    const { extension, contentType } =
      format === 'json' ? { extension: 'json', contentType: 'application/json' } : containerFile(format);
    return {
      kind: 'recognised',
      output: name,
      source,
      of: { ...made, expects: { ...made.expects, audio: { codec: 'pcm_s16le', channels: 1 } } },
      files: [made.file],
      recognition: { kind: 'transcript', format, seconds, ...(language === undefined ? {} : { language }) },
      file: `${name}.${extension}`,
      contentType,
      ...(format === 'json' ? {} : { produces: captionFile(format, seconds, language) }),
    };
  },
});
