import { Failure } from '../failures.ts';
import { canonicalInput } from '../job/canonical.ts';
import { type Input, inputKind } from '../job/inputs.ts';
import type { Probe } from '../media/probe.ts';
import type { Prober } from '../ports/prober.ts';
import { type PinDeps, pinInput } from './pin-input.ts';
import { type SettleDeps, settleArrived } from './settle-upload.ts';

/**
 * What is known of a stored file before any job reads it. Fails with `spec.invalid`, `spec.unsupported` for inputs
 * whose bytes are not stored, `input.not_found` and the other `input.*`.
 */
export const probeSource = async (
  deps: PinDeps & SettleDeps & { prober: Prober },
  { owner, source }: { owner: string; source: Input },
): Promise<Probe> => {
  const input = canonicalInput('/source', source);
  await settleArrived(deps, owner, { source: input });
  const object = await pinInput(deps, { owner, awaits: null }, 'source', input);
  if (!object)
    throw new Failure('spec.unsupported', {
      detail: `Only uploads and outputs of jobs can be probed, not inputs of the kind "${inputKind(input)}".`,
    });
  return (await deps.prober.look(object)).probe;
};
