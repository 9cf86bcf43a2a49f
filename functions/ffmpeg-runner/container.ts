/** How a container tells what became of it, to a state machine that sees its exit code and nothing else. */
import { toFailure } from '#core/failures.ts';
import { mostTaskSeconds } from '#core/planner/limits.ts';
import type { Runner } from './app.ts';

/**
 * Nothing is left to do: the task has an end that another run would not change, and the job store holds it.
 * `interrupted` is what a process that SIGTERM ends exits with.
 */
export const exitCodes = { ended: 0, again: 1, interrupted: 143 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/**
 * Carries out one payload, as JSON, and resolves to the code that the process is to exit with: it never rejects. When
 * `signal` is aborted FFmpeg is ended and the claim given back, so that another container can go on at once.
 */
export const runContainer = async (
  run: Runner,
  { payload, signal }: { readonly payload: string | undefined; readonly signal: AbortSignal },
): Promise<ExitCode> => {
  try {
    await run(JSON.parse(payload ?? 'null'), { signal, deadlineMs: mostTaskSeconds * 1000 });
    return exitCodes.ended;
  } catch (error) {
    if (signal.aborted) return exitCodes.interrupted;
    return toFailure(error).retryable ? exitCodes.again : exitCodes.ended;
  }
};
