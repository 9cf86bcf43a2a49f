/** FFmpeg and ffprobe. The only port behind which something is spawned. */
import type { Command, TaskLimits } from '../job/plan.ts';

/** How a run ended. Exit 0 is not success: the output check decides. */
export interface MediaRun {
  /** Null where a signal ended it. */
  readonly exitCode: number | null;
  /** The signal, or why we ended it ourselves. */
  readonly endedBy: 'exit' | 'signal' | 'deadline' | 'abort' | 'disk';
  /** The last lines of stderr, at most 8 KiB, with control characters removed. */
  readonly stderrTail: string;
  /** Lines that FFmpeg wrote at `-v error`, counted without keeping them. */
  readonly errorLines: number;
  /** User and system CPU of the child, in seconds, where the host can tell. */
  readonly cpuSeconds: number | null;
}

export interface Engine {
  /** The first line of `ffmpeg -version`. */
  readonly version: string;
}

export interface MediaTools {
  /** Which FFmpeg this is; asked once and remembered. */
  engine(): Promise<Engine>;

  /**
   * ffprobe's JSON (`-show_format -show_streams -count_packets`) of a file in `folder`, run with the same hardened
   * input options as FFmpeg itself. Fails with `input.not_media` where its first bytes are not those of media or no
   * demuxer of ours takes it, and with `input.corrupt` where one took it and gave up. `uncounted` leaves out
   * `-count_packets`, for which the whole file is read.
   */
  probe(
    file: { readonly folder: string; readonly file: string; readonly uncounted?: boolean },
    signal?: AbortSignal,
  ): Promise<unknown>;

  /**
   * Runs one command in `folder`. Resolves however the run ended; rejects only where it could not be started.
   * `onProgress` gets `out_time` in seconds, never falling. When it resolves the whole process group is gone.
   */
  run(
    command: Command,
    options: {
      readonly folder: string;
      readonly limits: TaskLimits;
      readonly signal?: AbortSignal;
      readonly onProgress?: (seconds: number) => void;
      /** Called again and again while the process uses CPU, where the host can tell: it is slow, but not stuck. */
      readonly onActivity?: () => void;
    },
  ): Promise<MediaRun>;
}
