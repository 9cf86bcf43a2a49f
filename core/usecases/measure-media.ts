import type { MediaTools } from '../ports/media-tools.ts';
import type { Metrics } from '../ports/metrics.ts';

/** The same tools, which count the processor time of what they run. */
export const measuredMedia = (media: MediaTools, metrics: Metrics): MediaTools => ({
  ...media,
  run: async (command, options) => {
    const run = await media.run(command, options);
    if (run.cpuSeconds !== null) metrics.record('worker_cpu_seconds_total', run.cpuSeconds, {});
    return run;
  },
});
