/** Where every object of ours lies. The owner comes first, so that one prefix is one owner's and one job's. */
import type { Claim } from './state.ts';

export const uploadKey = (owner: string, uploadId: string): string => `uploads/${owner}/${uploadId}/source`;

/** An item of the library. The owner comes first here too. */
export const mediaKey = (owner: string, mediaId: string): string => `media/${owner}/${mediaId}/source`;

/** The item of the library that an object belongs to; undefined of any other object. */
export const mediaIdOf = (key: string): string | undefined => /^media\/[^/]+\/([^/]+)\/source$/.exec(key)?.[1];

/** Everything a job made, finished or not; removed as a whole with the job. */
export const jobPrefixes = (owner: string, jobId: string): readonly string[] => [
  `outputs/${owner}/${jobId}/`,
  `work/${owner}/${jobId}/`,
];

/**
 * A file that one claim wrote. No two claims share a key, so a runner that lost its claim can never touch what
 * another one made (invariant S6), and nothing here is visible before the job record lists it (S9).
 */
export const claimedKey = (kind: 'outputs' | 'work', owner: string, claim: Claim, file: string): string =>
  `${kind}/${owner}/${claim.jobId}/${claim.taskId}/${claim.runner}/${file}`;

const segment = '[A-Za-z0-9_][A-Za-z0-9._=+@,-]{0,199}';
const objectKey = new RegExp(`^${segment}(?:/${segment}){0,15}$`);

/**
 * True for keys that every store can hold, a folder on disk included: up to 16 names of ASCII letters, digits and
 * `._=+@,-`, none of them empty or starting with a dot. Every key that is made above is one.
 */
export const isObjectKey = (key: string): boolean => key.length <= 1024 && objectKey.test(key);
