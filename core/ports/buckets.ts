/**
 * Buckets that are not the deployment's own store: where jobs read `s3://` inputs from, where files are dropped, and where
 * outputs are delivered to. Locally a name may stand for a folder of this machine. Only buckets that the deployment lists
 * can be spoken to; of any other every method fails with `input.forbidden_host`.
 */

export interface BucketObject {
  readonly bucket: string;
  readonly key: string;
  /** Pins one version where the bucket keeps versions. */
  readonly versionId?: string | undefined;
}

export interface BucketObjectInfo {
  readonly bytes: number;
  readonly etag: string;
  readonly contentType: string | null;
  /** RFC 3339 */
  readonly lastModified: string;
}

export interface Buckets {
  /** Resolves to undefined when there is no such object. */
  head(object: BucketObject): Promise<BucketObjectInfo | undefined>;
  /** The whole object, at most `maxBytes` of it: larger ones fail with `input.too_large`. Undefined when there is none. */
  read(object: BucketObject, maxBytes: number): Promise<Uint8Array | undefined>;
  /**
   * Puts the object's bytes at `file`, a path that does not exist yet. Fails with `input.not_found`, or with `input.changed`
   * when its etag is not `etag`. Never leaves a partial file behind.
   */
  download(
    object: BucketObject & { readonly etag?: string },
    file: string,
    signal?: AbortSignal,
  ): Promise<{ readonly bytes: number; readonly sha256: string }>;
  /** Stores the file's bytes whole or not at all; what has the key already is replaced. */
  upload(
    file: string,
    object: Omit<BucketObject, 'versionId'>,
    options: { readonly contentType: string; readonly signal?: AbortSignal },
  ): Promise<void>;
  write(
    object: Omit<BucketObject, 'versionId'>,
    body: string,
    options: { readonly contentType: string },
  ): Promise<void>;
}
