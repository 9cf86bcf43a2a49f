import { execFileSync } from 'node:child_process';

const libavutil = Number(/^libavutil\s+(\d+)\./m.exec(execFileSync('ffmpeg', ['-version'], { encoding: 'utf8' }))?.[1]);

/** Arguments that keep every picture at the very time of the source: `-1` until FFmpeg 6, since then by name. */
export const sourceTimes = ['-fps_mode', 'passthrough', '-enc_time_base:v', libavutil < 59 ? '-1' : 'demux'] as const;
