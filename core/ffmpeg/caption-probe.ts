/** Captions in a file of their own are never handed to FFmpeg: this tells of them what ffprobe would. */
import { Failure } from '../failures.ts';
import { captionKind, captionLimits, parseCues } from '../media/cues.ts';
import { decodeText } from '../media/text.ts';

/** True where a file with this head is one of captions. */
export const isCaptionFile = (head: Uint8Array): boolean => captionKind(decodeText(head)) !== undefined;

const textOf = (bytes: Uint8Array): string => {
  try {
    return decodeText(bytes, true);
  } catch (error) {
    const detail = 'The captions are neither UTF-8 nor UTF-16: save them as UTF-8.';
    throw new Failure('input.corrupt', { detail, phase: 'probe' }, { cause: error });
  }
};

/**
 * In the shape of ffprobe's JSON: the format `srt` or `webvtt`, and one subtitle track. `read` is asked for the whole
 * file, where it is not too large. Fails with `input.too_large` and `input.corrupt`.
 */
export const captionProbe = async (sizeBytes: number, read: () => Promise<Uint8Array>): Promise<unknown> => {
  if (sizeBytes > captionLimits.bytes) {
    const detail = `The captions have ${sizeBytes} bytes; at most ${captionLimits.bytes} are accepted.`;
    throw new Failure('input.too_large', { detail, phase: 'probe' });
  }
  const text = textOf(await read());
  const cues = parseCues(text);
  if (cues.length === 0) throw new Failure('input.corrupt', { detail: 'It holds no captions.', phase: 'probe' });
  const kind = captionKind(text);
  return {
    format: {
      format_name: kind,
      duration: Math.max(...cues.map(({ end }) => end)),
      size: sizeBytes,
    },
    streams: [{ index: 0, codec_type: 'subtitle', codec_name: kind === 'srt' ? 'subrip' : kind }],
  };
};
