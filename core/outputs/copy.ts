import { defineOutput } from './define-output.ts';

/** By FFmpeg's name of the container. What is not listed is served as plain bytes. */
const known: Readonly<Record<string, { extension: string; contentType: string }>> = {
  mov: { extension: 'mp4', contentType: 'video/mp4' },
  matroska: { extension: 'mkv', contentType: 'video/x-matroska' },
  webm: { extension: 'webm', contentType: 'video/webm' },
  avi: { extension: 'avi', contentType: 'video/x-msvideo' },
  flv: { extension: 'flv', contentType: 'video/x-flv' },
  mpegts: { extension: 'ts', contentType: 'video/mp2t' },
  mpeg: { extension: 'mpg', contentType: 'video/mpeg' },
  asf: { extension: 'wmv', contentType: 'video/x-ms-wmv' },
  ogg: { extension: 'ogg', contentType: 'application/ogg' },
  mp3: { extension: 'mp3', contentType: 'audio/mpeg' },
  wav: { extension: 'wav', contentType: 'audio/wav' },
  flac: { extension: 'flac', contentType: 'audio/flac' },
};
const plainBytes = { extension: 'bin', contentType: 'application/octet-stream' };

export const copy = defineOutput({
  type: 'copy',
  summary: 'The source itself, byte for byte.',
  examples: [{ title: 'Keep the original beside what is made of it', output: { type: 'copy' } }],
  plan: ({ name, source }) => {
    const { extension, contentType } = known[source.probe.container] ?? plainBytes;
    return {
      kind: 'document',
      output: name,
      source,
      file: `${name}.${extension}`,
      contentType,
      produces: source.probe,
    };
  },
});
