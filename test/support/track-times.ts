/** When the packets of a track are shown, as ffprobe reads a finished file. */
import { execFileSync } from 'node:child_process';

export interface TrackTimes {
  /** Seconds at which each packet is shown, in their order. */
  readonly times: readonly number[];
  readonly start: number;
  readonly seconds: number;
}

/** Undefined where the file has no such track. */
export const timesOf = (file: string, kind: 'v' | 'a'): TrackTimes | undefined => {
  const entries = 'packet=pts_time:stream=start_time,duration';
  const words = ['-v', 'error', '-select_streams', `${kind}:0`, '-show_entries', entries, '-of', 'json', file];
  const { packets, streams } = JSON.parse(execFileSync('ffprobe', words, { maxBuffer: 2 ** 28 }).toString()) as {
    packets?: { pts_time: string }[];
    streams: { start_time: string; duration: string }[];
  }; // true: ffprobe was asked for these
  const [stream] = streams;
  if (!stream) return undefined;
  const times = (packets ?? []).map(({ pts_time }) => Number(pts_time)).toSorted((a, b) => a - b);
  return { times, start: Number(stream.start_time), seconds: Number(stream.duration) };
};
