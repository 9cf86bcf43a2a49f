/** The one error that crosses a boundary of ours. Compare codes, never messages or classes. */
import { type FailureRow, failureTable } from './failure-table.ts';

export type FailureCode = keyof typeof failureTable;

/** The whole table, for the HTTP layer, the reference page and the tests. */
export const failures: Readonly<Record<FailureCode, FailureRow>> = failureTable;

export const failureCodes = Object.keys(failureTable) as readonly FailureCode[]; // true: it is a const object

export const isFailureCode = (value: unknown): value is FailureCode =>
  typeof value === 'string' && Object.hasOwn(failureTable, value);

/** Facts about one failure. They are shown to the owner of the job, so they hold no secret and no machine path. */
export type FailureFacts = {
  /** One sentence about this occurrence; the table's title where it is left out. */
  readonly detail?: string;
  readonly hint?: string;
  /** The last lines that FFmpeg wrote, bounded. */
  readonly stderrTail?: string;
  readonly arguments?: readonly string[];
  readonly output?: string;
  readonly phase?: string;
  /** The key of the stored object that it is about; never shown to users. */
  readonly object?: string;
  /** Field errors of a request. */
  readonly errors?: readonly FieldError[];
  /** Seconds after which asking again makes sense. */
  readonly retryAfterSeconds?: number;
  /** The quota that was reached, for the `RateLimit` fields. */
  readonly rateLimit?: RateLimit;
};

/** A quota and what is left of it; without a window where it counts what is going on. */
export type RateLimit = {
  /** Letters, digits and dashes. */
  readonly name: string;
  readonly quota: number;
  readonly remaining: number;
  readonly resetSeconds: number;
  readonly windowSeconds?: number;
};

/** One field of a request that is wrong; `pointer` is a JSON pointer (RFC 6901) into the body. */
export type FieldError = { readonly pointer: string; readonly code: string; readonly message: string };

/** `name` is the code, which is what Step Functions matches on. */
export class Failure extends Error {
  override readonly name: FailureCode;
  readonly facts: FailureFacts;

  constructor(code: FailureCode, facts: FailureFacts = {}, options?: { cause?: unknown }) {
    super(facts.detail ?? failureTable[code].title, options);
    this.name = code;
    this.facts = facts;
  }

  get code(): FailureCode {
    return this.name;
  }

  get retryable(): boolean {
    return failureTable[this.name].retryable;
  }
}

export const hasCode = (error: unknown, code: FailureCode): error is Failure =>
  error instanceof Failure && error.code === code;

/** What a host reports: a `Failure` as it is, anything else as `platform.internal` with the original as its cause. */
export const toFailure = (error: unknown): Failure =>
  error instanceof Failure ? error : new Failure('platform.internal', {}, { cause: error });
