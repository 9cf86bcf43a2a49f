/** What ffprobe says of a file, for looking at outputs without our own probe. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';

const run = promisify(execFile);

const Inspected = z.object({
  streams: z.array(
    z.object({
      codec_type: z.string().optional(),
      codec_name: z.string().optional(),
      width: z.number().optional(),
      height: z.number().optional(),
      pix_fmt: z.string().optional(),
      channels: z.number().optional(),
      nb_read_packets: z.coerce.number().optional(),
    }),
  ),
  format: z.object({ format_name: z.string(), duration: z.coerce.number().optional() }),
});

export interface Inspected {
  readonly format: string;
  readonly durationSeconds: number;
  readonly video:
    | { readonly codec: string; readonly width: number; readonly height: number; readonly frames: number }
    | undefined;
  readonly audio: { readonly codec: string; readonly channels: number } | undefined;
}

export const inspect = async (bytes: Uint8Array): Promise<Inspected> => {
  const folder = await mkdtemp(join(tmpdir(), 'kinoduct-inspect-'));
  try {
    const file = join(folder, 'file');
    await writeFile(file, bytes);
    const { stdout } = await run('ffprobe', [
      '-v',
      'error',
      '-of',
      'json',
      '-count_packets',
      '-show_streams',
      '-show_format',
      file,
    ]);
    const { streams, format } = Inspected.parse(JSON.parse(stdout));
    const video = streams.find((stream) => stream.codec_type === 'video');
    const audio = streams.find((stream) => stream.codec_type === 'audio');
    return {
      format: format.format_name,
      durationSeconds: format.duration ?? 0,
      video: video && {
        codec: video.codec_name ?? '',
        width: video.width ?? 0,
        height: video.height ?? 0,
        frames: video.nb_read_packets ?? 0,
      },
      audio: audio && { codec: audio.codec_name ?? '', channels: audio.channels ?? 0 },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
