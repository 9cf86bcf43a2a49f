/** What was measured: how long each kind of request, and each job, took, and what failed. */
import { ApiError } from '#client/api.ts';

export interface Row {
  readonly what: string;
  readonly count: number;
  readonly failed: number;
  /** Milliseconds, of those that succeeded; null where none did. */
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** The smallest value that at least this share of all does not exceed. */
export const percentile = (values: readonly number[], share: number): number | null =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * share) - 1)] ?? null;

export interface Recorder {
  /** Does the work and counts it under that name; what it rejects with is counted and passed on. */
  readonly timed: <T>(what: string, work: () => Promise<T>) => Promise<T>;
  readonly rows: () => Row[];
  /** How often each failure was met, by its code. */
  readonly failures: () => ReadonlyMap<string, number>;
}

const nameOf = (error: unknown): string => {
  if (error instanceof ApiError) return error.code;
  return error instanceof Error ? error.message : String(error);
};

export const recorder = (now: () => number = () => performance.now()): Recorder => {
  const times = new Map<string, number[]>();
  const failed = new Map<string, number>();
  const reasons = new Map<string, number>();
  const add = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  return {
    timed: async (what, work) => {
      const start = now();
      times.set(what, times.get(what) ?? []);
      try {
        const result = await work();
        times.get(what)?.push(now() - start);
        return result;
      } catch (error) {
        add(failed, what);
        add(reasons, nameOf(error));
        throw error;
      }
    },
    rows: () =>
      [...times].map(([what, values]) => ({
        what,
        count: values.length + (failed.get(what) ?? 0),
        failed: failed.get(what) ?? 0,
        p50: percentile(values, 0.5),
        p95: percentile(values, 0.95),
        p99: percentile(values, 0.99),
      })),
    failures: () => reasons,
  };
};

const ms = (value: number | null): string => {
  if (value === null) return '-';
  return value < 10_000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
};

/** A table, with how much was done in a second. */
export const reportLines = ({ rows, failures }: Recorder, seconds: number): string[] => {
  const columns = ['', 'count', 'failed', 'per second', 'p50', 'p95', 'p99'];
  const cells = rows().map((row) => [
    row.what,
    String(row.count),
    String(row.failed),
    ((row.count - row.failed) / seconds).toFixed(2),
    ...[row.p50, row.p95, row.p99].map(ms),
  ]);
  const widths = columns.map((name, n) => Math.max(name.length, ...cells.map((row) => row[n]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row.map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))).join('  ');
  const why = [...failures()].map(([reason, times]) => `  ${times} × ${reason}`);
  return [line(columns), ...cells.map(line), ...(why.length > 0 ? ['', 'What failed:', ...why] : [])];
};
