/**
 * HTTP to addresses that strangers name. Every adapter guards it: http and https only, public addresses only (checked
 * where the socket connects, so that a name cannot change its mind in between), every hop of a redirect checked again,
 * sizes, times and rates bounded. `test/contract/web.contract.ts` tests every sentence.
 */

export interface WebRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A file's bytes are streamed, from `start` (inclusive) to `end` (exclusive) where they are given. */
  readonly body?:
    | string
    | Uint8Array
    | { readonly file: string; readonly start?: number; readonly end?: number }
    | {
        readonly form: Readonly<
          Record<string, string | { readonly file: string; readonly name: string; readonly type: string }>
        >;
      };
  /** Of the whole exchange; 60 where it is left out. */
  readonly timeoutSeconds?: number;
  /** Of the answer's body; 1 MiB where it is left out. */
  readonly maxBytes?: number;
  /** `status`: what is answered beside its head is not waited for, however long or slow it is; the body is then empty. */
  readonly answer?: 'whole' | 'status';
}

export interface WebAnswer {
  readonly status: number;
  /** Names in lower case; repeated ones joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface Download {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of an earlier download: an unchanged resource is not sent again. */
  readonly known?: { readonly etag?: string | undefined; readonly lastModified?: string | undefined };
  /** An absolute path that does not exist yet. */
  readonly file: string;
  readonly maxBytes: number;
  readonly onProgress?: (bytes: number, total: number | null) => void;
}

export type Downloaded =
  | { readonly unchanged: true }
  | {
      readonly unchanged: false;
      readonly bytes: number;
      /** In hexadecimal. */
      readonly sha256: string;
      readonly etag: string | null;
      readonly lastModified: string | null;
      readonly contentType: string | null;
      /** What `Content-Disposition` or the path calls it; for people only. */
      readonly filename: string | null;
    };

export interface Web {
  /**
   * One exchange; redirects are answered as they are, never followed. Resolves to whatever status is answered. Fails with
   * `input.forbidden_host` where the address may not be spoken to, and with `input.unreachable` where nothing answers in
   * time or the answer is larger than `maxBytes`.
   */
  request(request: WebRequest, signal?: AbortSignal): Promise<WebAnswer>;

  /**
   * Puts the resource's bytes at `file`. Follows at most three redirects, to permitted addresses only and never from https
   * to http; headers of the request are not sent to another origin. A broken connection is taken up where it broke, with
   * `Range` and `If-Range`, as often as it brings something new. Fails with `input.forbidden_host`, `input.not_found` (404
   * and 410), `input.unreachable`, `input.too_large`, or `input.changed` where the resource changed half-way. Never leaves
   * a partial file behind.
   */
  download(download: Download, signal?: AbortSignal): Promise<Downloaded>;
}
