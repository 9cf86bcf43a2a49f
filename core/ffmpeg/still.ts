/** Choosing one picture out of a stream. */
import type { VideoStream } from '../media/probe.ts';

/** Some files do not tell their rate; a still needs one only to count to its second. */
export const assumedFps = 25;
/** How many pictures "best" looks at: three seconds of common rates. */
const bestOf = 90;

/**
 * Filters that let one picture through: the first at or after the second `at`, or the most typical one of the first
 * seconds. Where the clip ends before `at` it is the last picture: the stream is prolonged with copies of it for long
 * enough that there always is one.
 */
export const pickStill = (at: number | 'best', video: VideoStream): string[] => {
  if (at === 'best') return [`thumbnail=n=${bestOf}`, 'select=eq(n\\,0)'];
  return [
    ...(video.fps ? [] : [`fps=${assumedFps}`]),
    ...(at === 0 ? [] : [`tpad=stop_mode=clone:stop_duration=${Math.ceil(at) + 1}`]),
    `select=isnan(prev_selected_t)*gte(t\\,${at})`,
  ];
};
