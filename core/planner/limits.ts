/** How much a task may use before it is stopped. Generous: limits catch runaways, they do not schedule. */
import type { TaskLimits } from '../job/plan.ts';

const hour = 3600;
const gigabyte = 2 ** 30;

/** A task is ended after so long, wherever it runs. */
export const mostTaskSeconds = 6 * hour;

/** Slow codecs at large sizes take a hundred times the clip's length on two cores. */
const wallPerSecond = 120;
/** 200 Mbit/s: more than any preset of ours makes, at any size. */
const bytesPerSecond = 25_000_000;

export const taskLimits = (work: { seconds: number | null; outputs: number }): TaskLimits => {
  const seconds = work.seconds ?? hour;
  const wallSeconds = Math.min(mostTaskSeconds, Math.ceil(600 + seconds * wallPerSecond * work.outputs));
  return {
    wallSeconds,
    // Of all threads together.
    cpuSeconds: wallSeconds * 8,
    memoryBytes: 3 * gigabyte,
    outputBytes: Math.min(50 * gigabyte, Math.ceil(256 * 2 ** 20 + seconds * bytesPerSecond * work.outputs)),
  };
};
