/** What was made before, by what it is made of. `test/contract/made-store.contract.ts` tests every sentence below. */
import type { MadeRecord } from '../job/made-record.ts';

export interface MadeStore {
  /** Resolves to undefined when there is none. */
  get(owner: string, contentKey: string): Promise<MadeRecord | undefined>;
  /**
   * Replaces the record by what `change` makes of it, atomically: `change` is asked again where somebody else was faster.
   * Undefined stands for no record, before and after. Resolves to the record as it is then.
   */
  change(
    owner: string,
    contentKey: string,
    change: (made: MadeRecord | undefined) => MadeRecord | undefined,
  ): Promise<MadeRecord | undefined>;
}
