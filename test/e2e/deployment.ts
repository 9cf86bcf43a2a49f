/** What the end-to-end suite needs of a Kinoduct that runs somewhere: on this machine or on the AWS rig. */
import { kinoductClient, type Client } from '#cli/client.ts';

export interface Deployment {
  readonly url: string;
  /** The folder below which FFmpeg works for it. */
  readonly workFolder: string;
  token(owner: string, rights?: { readonly isAdmin: boolean }): Promise<string>;
  /** The foreign bucket `archive`, which its jobs may read from and deliver to. */
  readonly bucket: {
    put(key: string, body: Uint8Array): Promise<void>;
    get(key: string): Promise<Buffer | undefined>;
  };
  /** The bucket, or the folder, that files are dropped into. */
  readonly drop: {
    /** Whose jobs they become. */
    readonly owner: string;
    /** Resolves when the deployment has been told, if it has to be. */
    put(key: string, body: Uint8Array | string): Promise<void>;
    get(key: string): Promise<Buffer | undefined>;
  };
  /** The keys of every stored object, sorted. */
  objects(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** A client whose jobs are made, also where an earlier case asked for the same; a job may say `reuse` itself. */
export const clientOf = async (
  deployment: Pick<Deployment, 'url' | 'token'>,
  owner: string,
  rights?: { readonly isAdmin: boolean },
): Promise<Client> => {
  const client = kinoductClient({ url: deployment.url, token: await deployment.token(owner, rights) });
  return { ...client, submit: (job, headers) => client.submit({ reuse: false, ...(job as object) }, headers) };
};
