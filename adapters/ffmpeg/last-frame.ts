/**
 * How long the last picture stands. Encoders give every picture the length until the next one and so lose the last
 * one's; where the rate varies that can be seconds, and the output check has to know.
 */
import * as z from 'zod';

const Streams = z.object({
  format: z.object({ duration: z.coerce.number().positive() }),
  streams: z.array(
    z.looseObject({
      index: z.int(),
      codec_type: z.string().optional(),
      r_frame_rate: z.string().optional(),
      avg_frame_rate: z.string().optional(),
    }),
  ),
});

/** How far from the end reading starts; FFmpeg goes back from there to the picture before that can be sought. */
const tailSeconds = 2;

/** Lines of `pts_time,duration_time`; the last picture is the one with the highest time, which need not come last. */
const lastDuration = (lines: string): number | undefined => {
  const rows = lines.split('\n').map((line) => line.split(',').map(Number));
  const known = rows.filter(([at = Number.NaN, seconds = Number.NaN]) => at >= 0 && seconds >= 0);
  return known.sort(([a = 0], [b = 0]) => a - b).at(-1)?.[1];
};

/**
 * Seconds by stream index, for the first picture track where its rate varies. `ask` runs ffprobe on the file with more
 * arguments; a file that cannot be sought answers nothing.
 */
export const lastFrames = async (
  json: unknown,
  ask: (words: readonly string[]) => Promise<string>,
): Promise<ReadonlyMap<number, number>> => {
  const parsed = Streams.safeParse(json);
  const picture = parsed.data?.streams.find((stream) => stream.codec_type === 'video');
  if (!parsed.success || !picture || picture.r_frame_rate === picture.avg_frame_rate) return new Map();
  const from = Math.max(0, parsed.data.format.duration - tailSeconds);
  const words = ['-select_streams', String(picture.index), '-read_intervals', `${from}%`];
  const entries = ['-show_entries', 'packet=pts_time,duration_time', '-of', 'csv=p=0'];
  const seconds = lastDuration(await ask([...words, ...entries]).catch(() => ''));
  return new Map(seconds === undefined ? [] : [[picture.index, seconds]]);
};

/** The same JSON with `last_frame_seconds` on the streams that have one; `core/ffmpeg/ffprobe.ts` reads it. */
export const withLastFrames = (json: unknown, seconds: ReadonlyMap<number, number>): unknown => {
  const parsed = z.looseObject({ streams: z.array(z.looseObject({ index: z.int() })) }).safeParse(json);
  if (!parsed.success || seconds.size === 0) return json;
  const streams = parsed.data.streams.map((stream) =>
    seconds.has(stream.index) ? Object.assign(stream, { last_frame_seconds: seconds.get(stream.index) }) : stream,
  );
  return Object.assign(parsed.data, { streams });
};
