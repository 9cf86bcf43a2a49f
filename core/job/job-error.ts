/** A failure as it is recorded in a task or a job. */
import { type Failure, failures } from '../failures.ts';
import type { JobError } from './state.ts';

export const jobError = (failure: Failure): JobError => ({
  code: failure.code,
  message: failure.message,
  phase: failure.facts.phase ?? null,
  output: failure.facts.output ?? null,
  retryable: failure.retryable,
  hint: failure.facts.hint ?? failures[failure.code].remedy,
  stderrTail: failure.facts.stderrTail ?? null,
  arguments: failure.facts.arguments ? [...failure.facts.arguments] : null,
  repro: null,
});
