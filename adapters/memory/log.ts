/** A log that keeps its entries, so that a test can look at them. */
import type { Log } from '#core/ports/log.ts';

interface LogEntry {
  readonly level: keyof Log;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface RecordingLog extends Log {
  readonly entries: readonly LogEntry[];
}

export const recordingLog = (): RecordingLog => {
  const entries: LogEntry[] = [];
  const at =
    (level: LogEntry['level']): Log['info'] =>
    (message, fields = {}) =>
      void entries.push({ level, message, fields });
  return { entries, info: at('info'), warn: at('warn'), error: at('error') };
};
