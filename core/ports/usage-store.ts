/** What is reserved for jobs, and what they used. `test/contract/usage-store.contract.ts` tests every sentence below. */
import type { Reservation, UsageRow, Used } from '../job/usage.ts';

export type ReserveOutcome =
  | { readonly outcome: 'reserved' }
  /** The job has its reservation already, or has been settled: nothing was taken. */
  | { readonly outcome: 'held' }
  /** Nothing was taken: this counter is full. */
  | { readonly outcome: 'refused'; readonly counter: string };

export interface UsageStore {
  /** Adds one to each counter of `taken`, all or none, as far as each one's `most`; of any number of callers at once no more. */
  reserve(reservation: Reservation): Promise<ReserveOutcome>;
  /**
   * Ends a job's reservation: its open counters get back what was taken, and what it used is added to the rows of its
   * owner, day and template and of `everybody`. Resolves to false, and changes nothing, where the job was settled before.
   * A job without a reservation is counted all the same.
   */
  settle(job: Omit<Reservation, 'taken'>, used: Used): Promise<boolean>;
  /** Undoes a reservation: every counter gets back what was taken. One that was settled, or is not there, stays as it is. */
  release(jobId: string): Promise<void>;
  /** Reservations made before that instant that have been neither settled nor released, oldest first. */
  unsettled(query: { readonly before: string; readonly limit: number }): Promise<readonly Reservation[]>;
  /** How much has been taken of a counter. */
  taken(counter: string): Promise<number>;
  /** Rows of an owner from one day to another, both included, by day. */
  rows(query: { readonly owner: string; readonly from: string; readonly to: string }): Promise<readonly UsageRow[]>;
}
