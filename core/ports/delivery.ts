/** Taking one finished file to where its owner wants it. One adapter per scheme of `deliver.to`. */

export interface DeliveryFile {
  /** An absolute path; for reading only. */
  readonly file: string;
  readonly bytes: number;
  readonly contentType: string;
  /** In hexadecimal. */
  readonly sha256: string;
  /** Relative, with `/` between names and none of them `.` or `..`; the last one is the file's name. */
  readonly path: string;
}

export interface DeliveryTarget {
  /** `deliver.to` as the job says it, such as `gdrive://FOLDER_ID`. */
  readonly to: string;
  /** The value of the secret that the delivery names; undefined where it names none. */
  readonly secret: string | undefined;
  /** For posts: the job's name, or its id. */
  readonly title: string;
  /** The same for every attempt at this file of this job: a target that knows keys makes nothing twice. */
  readonly idempotencyKey: string;
}

export interface Delivered {
  /** Where people find it; null where the target gives no address. Never a secret one. */
  readonly url: string | null;
  /** What the target calls it. */
  readonly id: string | null;
}

export interface Delivery {
  /**
   * Resolves when the target has the whole file. Safe to repeat where the target can tell. Fails with `spec.invalid` where
   * `to` or the secret's form is wrong, `auth.invalid` where the credentials are refused, `provider.drive` where the target
   * fails (the detail names it), `input.forbidden_host` for an address that may not be spoken to.
   */
  deliver(
    file: DeliveryFile,
    target: DeliveryTarget,
    options: { readonly onProgress?: (bytes: number) => void; readonly signal?: AbortSignal },
  ): Promise<Delivered>;
}

/** By scheme: `s3`, `https`, `gdrive`, `imgur`, `reddit`. */
export type Deliveries = Readonly<Partial<Record<string, Delivery>>>;
