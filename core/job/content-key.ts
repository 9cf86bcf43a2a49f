/** What an output is made of, as one hash: two outputs with the same key are the same files. */
import type { CanonicalJob } from './canonical.ts';
import { type InputObject, inputKind } from './inputs.ts';
import { stableJson } from './stable-json.ts';
import type { PinnedObject } from './pinned-object.ts';
import { mentionsOf } from './references.ts';
import type { Name } from './values.ts';

export type ContentKeyContext = {
  /** The bytes of an input; undefined where they are not known (yet), or where it is made from its own words. */
  readonly objectOf: (name: Name) => PinnedObject | undefined;
  /** What makes the outputs: the code and its FFmpeg. Another build may make other bytes of the same. */
  readonly build: string;
  readonly hash: (text: string) => string;
};

/** Made from nothing but what the job says of them. */
const isGenerated = (input: InputObject): boolean => ['test', 'color', 'silence'].includes(inputKind(input));

const inputIdentity = (name: Name, input: InputObject, { objectOf }: ContentKeyContext): unknown => {
  if (isGenerated(input)) return input;
  const object = objectOf(name);
  if (!object) return undefined;
  const { start, end, audioTrack, videoTrack } = input;
  const bytes = object.sha256 ?? [object.etag, object.bytes];
  return { bytes, start, end, audioTrack, videoTrack };
};

/**
 * The keys of the outputs all of whose inputs are known. What an output is called is part of its key, because its files
 * are called after it; where it is delivered to, and what people read of it, is not.
 */
export const contentKeys = (job: CanonicalJob, context: ContentKeyContext): Record<Name, string> => {
  const identities = new Map<Name, unknown>();
  for (const [name, input] of Object.entries(job.inputs)) identities.set(name, inputIdentity(name, input, context));
  const keys: Record<Name, string> = {};
  for (const name of job.order) {
    const output = job.outputs[name];
    if (!output) continue;
    const sources = mentionsOf(name, output).map((mention) => [mention.name, identities.get(mention.name)]);
    if (sources.some(([, identity]) => identity === undefined)) continue;
    const { label: _label, path: _path, store: _store, ...made } = output;
    const key = context.hash(stableJson([context.build, name, made, Object.fromEntries(sources)]));
    identities.set(name, key);
    keys[name] = key;
  }
  return keys;
};
