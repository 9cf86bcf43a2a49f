/** What a file of a source's container is called and served as, by FFmpeg's name of the container. */

type ContainerFile = { readonly extension: string; readonly contentType: string };

const known: Readonly<Record<string, ContainerFile>> = {
  mov: { extension: 'mp4', contentType: 'video/mp4' },
  mp4: { extension: 'mp4', contentType: 'video/mp4' },
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
  srt: { extension: 'srt', contentType: 'application/x-subrip' },
  webvtt: { extension: 'vtt', contentType: 'text/vtt' },
};

/** What is not listed is served as plain bytes. */
const plainBytes: ContainerFile = { extension: 'bin', contentType: 'application/octet-stream' };

export const containerFile = (container: string): ContainerFile => known[container] ?? plainBytes;
