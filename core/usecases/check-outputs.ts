/** Whether what is about to become visible is there (S9). */
import type { OutputState } from '../job/state.ts';
import type { Name } from '../job/values.ts';
import type { ObjectStore } from '../ports/object-store.ts';

/** More files than this are looked for in a listing of their job: a thousand with one request. */
const mostHeads = 100;

type SizeOf = (key: string) => Promise<number | undefined>;

/** `outputs/{owner}/{job}/`. */
const prefixOf = (key: string): string => `${key.split('/').slice(0, 3).join('/')}/`;

const listed = async (objects: ObjectStore, keys: readonly string[]): Promise<SizeOf> => {
  const sizes = new Map<string, number>();
  for (const prefix of new Set(keys.map(prefixOf)))
    for await (const { key, bytes } of objects.list(prefix)) sizes.set(key, bytes);
  return async (key) => sizes.get(key);
};

/** The outputs, those with a file that is gone or has another size turned to `failed` without files. */
export const checkOutputs = async (
  objects: ObjectStore,
  outputs: Readonly<Record<Name, OutputState>>,
): Promise<Record<Name, OutputState>> => {
  const keys = Object.values(outputs).flatMap(({ files }) => files.map(({ key }) => key));
  const sizeOf: SizeOf =
    keys.length > mostHeads ? await listed(objects, keys) : async (key) => (await objects.head(key))?.bytes;
  return Object.fromEntries(
    await Promise.all(
      Object.entries(outputs).map(async ([name, output]) => {
        const sizes = await Promise.all(output.files.map(({ key }) => sizeOf(key)));
        const isWhole = output.files.every(({ bytes }, n) => sizes[n] === bytes);
        return [name, isWhole ? output : lost(output)] as const;
      }),
    ),
  );
};

const lost = (output: OutputState): OutputState => ({
  ...output,
  status: 'failed',
  files: [],
  attestation: null,
  reason: 'What was made is no longer stored.',
});
