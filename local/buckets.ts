/** What jobs call buckets on one machine: folders, and buckets of S3. */
import { folderBuckets } from '#adapters/filesystem/buckets.ts';
import type { Buckets } from '#core/ports/buckets.ts';

/** The client of S3 is loaded when a job names a bucket of S3. */
const loaded = (allowed: readonly string[]): (() => Promise<Buckets>) => {
  let buckets: Promise<Buckets> | undefined;
  const load = async (): Promise<Buckets> => (await import('#adapters/s3/buckets.ts')).s3Buckets({ allowed });
  return () => (buckets ??= load());
};

/** `places` are `s3` or absolute paths, by the names that jobs know. Any other name fails with `input.forbidden_host`. */
export const localBuckets = (places: Readonly<Record<string, string>>): Buckets => {
  const entries = Object.entries(places);
  const folders = folderBuckets({ folders: Object.fromEntries(entries.filter(([, place]) => place !== 's3')) });
  const s3 = loaded(entries.flatMap(([name, place]) => (place === 's3' ? [name] : [])));
  const at = async ({ bucket }: { readonly bucket: string }): Promise<Buckets> =>
    Object.hasOwn(places, bucket) && places[bucket] === 's3' ? s3() : folders;
  return {
    head: async (object) => (await at(object)).head(object),
    read: async (object, maxBytes) => (await at(object)).read(object, maxBytes),
    download: async (object, file, signal) => (await at(object)).download(object, file, signal),
    upload: async (file, object, options) => (await at(object)).upload(file, object, options),
    write: async (object, body, options) => (await at(object)).write(object, body, options),
  };
};
