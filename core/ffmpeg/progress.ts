/** Reads what `-progress` writes: lines of `key=value`, a block about twice a second, `progress=end` at the end. */

/** Seconds that a line says were written; undefined where it says nothing (`N/A` until the first packet). */
const outTime = (line: string): number | undefined => {
  const micros = /^out_time_us=(\d+)$/.exec(line);
  if (micros) return Number(micros[1]) / 1e6;
  const clock = /^out_time=(\d+):(\d\d):(\d\d\.\d+)$/.exec(line);
  return clock ? Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3]) : undefined;
};

/**
 * A function to feed with pieces of the stream as they arrive, cut anywhere. It calls `onSeconds` whenever the time
 * written has grown, and never with less than before.
 */
export const progressReader = (onSeconds: (seconds: number) => void): ((piece: string) => void) => {
  let rest = '';
  let highest = 0;
  return (piece) => {
    const lines = (rest + piece).split('\n');
    // The last one is not complete yet; a line of ours is never this long.
    rest = (lines.pop() ?? '').slice(0, 256);
    for (const line of lines) {
      const seconds = outTime(line.trim());
      if (seconds === undefined || seconds <= highest) continue;
      highest = seconds;
      onSeconds(seconds);
    }
  };
};
