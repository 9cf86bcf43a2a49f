/**
 * What the name of a dropped file says: `inbox/<template>/[k=v,k=v/]name.ext`. Nothing else of it is believed: what a file
 * is, is found out by looking into it.
 */
import * as z from 'zod';
import { TemplateCall } from './spec.ts';
import { ulidOf } from './ulid.ts';
import { Name } from './values.ts';

export interface DroppedFile {
  readonly template: Name;
  /** As they are written; the template says what they mean. */
  readonly params: Readonly<Record<string, string>>;
  /** `inbox/` and `outbox/` hold the same folders. */
  readonly folder: string;
  readonly name: string;
}

const inbox = 'inbox/';
const sidecarSuffix = '.json';
/** What programs call files that they have not finished, or that are not for people. */
const notYet = /^[.~]|(?:~|\.(?:part|partial|crdownload|filepart|tmp|download))$/i;

const paramsIn = (folder: string): readonly (readonly [string, string])[] =>
  folder.split(',').map((pair) => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()] as const;
  });

/** Undefined where the key is no file for us: outside the inbox, directly in it, a folder's marker, half a download. */
export const parseDrop = (key: string): DroppedFile | undefined => {
  if (!key.startsWith(inbox)) return undefined;
  const folders = key.slice(inbox.length).split('/');
  const name = folders.pop() ?? '';
  const template = Name.safeParse(folders[0]);
  if (name === '' || notYet.test(name) || !template.success) return undefined;
  // Folders without "=" sort the files and mean nothing.
  const params = folders
    .slice(1)
    .filter((folder) => folder.includes('='))
    .flatMap(paramsIn);
  return { template: template.data, params: Object.fromEntries(params), folder: folders.join('/'), name };
};

export const sidecarOf = (key: string): string => `${key}${sidecarSuffix}`;

/** The key of the file that a sidecar belongs to; undefined of a key that is no sidecar's. */
export const ofSidecar = (key: string): string | undefined =>
  key.toLowerCase().endsWith(sidecarSuffix) ? key.slice(0, -sidecarSuffix.length) : undefined;

/** What a sidecar may say: everything of a template call but the template. */
export const Sidecar = TemplateCall.omit({ template: true });
export type Sidecar = z.output<typeof Sidecar>;

/** Where the outputs go, and the name that is told of how it ended: `…result.json` or `…error.json`. */
export const outboxOf = ({ folder, name }: DroppedFile): { readonly files: string; readonly report: string } => ({
  files: `outbox/${folder}/${name}`,
  report: `outbox/${folder}/${name}`,
});

/** What a job that was dropped has to report to. */
export const Drop = z.strictObject({ bucket: z.string(), key: z.string(), report: z.string() });
export type Drop = z.output<typeof Drop>;

/**
 * The id of the job that one version of one object starts: the same however often it is told of. `digest` is a sha256 in
 * hexadecimal of what names the version; 80 bits of it are a ULID's random part.
 */
export const dropJobId = (storedAtMs: number, digest: string): string =>
  `job_${ulidOf(storedAtMs, BigInt(`0x${digest.slice(0, 20)}`))}`;
