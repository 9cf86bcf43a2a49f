/**
 * Objects by key. `test/contract/object-store.contract.ts` tests every sentence below on every adapter. What is aborted
 * rejects with the signal's reason.
 */

export interface ObjectInfo {
  readonly key: string;
  readonly bytes: number;
  /** Names these very bytes; opaque, without quotes. */
  readonly etag: string;
  readonly contentType: string;
}

/** What a listing says of an object: its type is known only to `head`. */
export type ListedObject = Omit<ObjectInfo, 'contentType'>;

/** What a client needs to send bytes itself. */
export interface SignedRequest {
  readonly method: 'PUT' | 'GET';
  readonly url: string;
  /** Must be sent exactly as they are. */
  readonly headers: Readonly<Record<string, string>>;
  /** RFC 3339 */
  readonly expiresAt: string;
}

export interface Part {
  /** From 1. */
  readonly n: number;
  readonly etag: string;
}

/** A whole object, as it was when it was written; `sha256` where it is known. */
export interface StoredPiece {
  readonly key: string;
  readonly etag?: string;
  readonly bytes: number;
  readonly sha256?: string;
}
export type ComposePiece = Uint8Array | StoredPiece;

export interface ObjectStore {
  head(key: string): Promise<ObjectInfo | undefined>;

  /** The whole object, for small ones only. Resolves to undefined when there is none. */
  read(key: string): Promise<Uint8Array | undefined>;
  write(key: string, body: Uint8Array | string, options: { readonly contentType: string }): Promise<ObjectInfo>;

  /**
   * Puts the object's bytes at `file`, a path that does not exist yet, and resolves to their count and sha256 (hex).
   * The file is for reading only: it may be the store's own.
   * Fails with `input.not_found` when there is no object, with `input.changed` when its etag is not `etag`, and with
   * `platform.internal` when fewer bytes arrived than were promised. Never leaves a partial file behind.
   */
  download(
    object: { readonly key: string; readonly etag?: string },
    file: string,
    signal?: AbortSignal,
  ): Promise<{ readonly bytes: number; readonly sha256: string }>;

  /**
   * Stores the file's bytes, in parts where it is large. The object appears whole or not at all; a failed upload leaves
   * no parts. The file must not be written to afterwards: a store may keep the very file.
   */
  upload(
    file: string,
    key: string,
    options: { readonly contentType: string; readonly signal?: AbortSignal },
  ): Promise<ObjectInfo>;

  /**
   * Some bytes of an object, `start` up to but without `end`. Fails with `input.changed` when its etag is not `etag`, with
   * `input.not_found` when there is no object, and with `platform.internal` when fewer bytes arrived than were asked for.
   */
  readRange(
    object: { readonly key: string; readonly etag?: string },
    range: { readonly start: number; readonly end: number },
    signal?: AbortSignal,
  ): Promise<Uint8Array>;

  /**
   * Writes one object out of pieces, in their order: bytes, and objects of the same store, which are copied within the
   * store where they are large enough. It appears whole or not at all, and a failure leaves no parts. Fails with
   * `input.changed` where a piece's etag or length or, where the store can tell without reading it once more, its sha256
   * is another, and with `input.not_found` where it is gone; `facts.object` is its key. `moved` counts the bytes that
   * went through this process, `requests` what was asked of the store; `sha256` is null where nobody read them all.
   */
  compose(
    key: string,
    pieces: readonly ComposePiece[],
    options: { readonly contentType: string; readonly signal?: AbortSignal },
  ): Promise<ObjectInfo & { readonly sha256: string | null; readonly moved: number; readonly requests: number }>;

  /** Copies within the store. Fails with `input.not_found` when there is no source. */
  copy(from: string, to: string): Promise<ObjectInfo>;

  /** Everything whose key starts with the prefix, in no promised order. */
  list(prefix: string): AsyncIterable<ListedObject>;

  /** Absent is fine. */
  remove(key: string): Promise<void>;
  /** Removes every object below the prefix and aborts every multipart upload below it. The prefix ends in `/`. */
  removeAll(prefix: string): Promise<void>;

  /**
   * A PUT for exactly one new object: signed are the content type, the length where it is given, and that the key is
   * free (a second PUT answers 412).
   */
  presignPut(
    key: string,
    options: { readonly contentType: string; readonly bytes?: number; readonly expiresInSeconds: number },
  ): Promise<SignedRequest>;

  /** A GET (Range included) that answers with this content type and disposition. */
  presignGet(
    key: string,
    options: {
      readonly contentType: string;
      /** The name under which browsers save it. */
      readonly filename: string;
      readonly disposition: 'attachment' | 'inline';
      readonly expiresInSeconds: number;
    },
  ): Promise<SignedRequest>;

  startMultipart(key: string, options: { readonly contentType: string }): Promise<string>;
  presignPart(
    upload: { readonly key: string; readonly id: string; readonly n: number },
    options: { readonly bytes?: number; readonly expiresInSeconds: number },
  ): Promise<SignedRequest>;
  /**
   * Fails with `conflict.state` when a part is missing, its etag differs, or the upload is gone and the object does not
   * exist. Completing twice answers the same. After an ambiguous answer it looks whether the object is there.
   */
  completeMultipart(upload: {
    readonly key: string;
    readonly id: string;
    readonly parts: readonly Part[];
  }): Promise<ObjectInfo>;
  /** Gone is fine. */
  abortMultipart(upload: { readonly key: string; readonly id: string }): Promise<void>;
}
