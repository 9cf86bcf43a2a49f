/** Whether what is about to become visible is there (S9). */
import type { OutputState } from '../job/state.ts';
import type { Name } from '../job/values.ts';
import type { ObjectStore } from '../ports/object-store.ts';

/** The outputs, those with a file that is gone or has another size turned to `failed` without files. */
export const checkOutputs = async (
  objects: ObjectStore,
  outputs: Readonly<Record<Name, OutputState>>,
): Promise<Record<Name, OutputState>> =>
  Object.fromEntries(
    await Promise.all(
      Object.entries(outputs).map(async ([name, output]) => {
        const heads = await Promise.all(output.files.map(({ key }) => objects.head(key)));
        const isWhole = output.files.every(({ bytes }, n) => heads[n]?.bytes === bytes);
        return [name, isWhole ? output : lost(output)] as const;
      }),
    ),
  );

const lost = (output: OutputState): OutputState => ({
  ...output,
  status: 'failed',
  files: [],
  attestation: null,
  reason: 'What was made is no longer stored.',
});
