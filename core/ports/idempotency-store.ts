/** Answers by idempotency key, so that a repeated POST does its work once. */

export interface IdempotencyKey {
  readonly owner: string;
  /** As sent by the client, 1..255 characters. */
  readonly key: string;
}

/** The hold of one caller on a key; whoever took it over later has another `lockedUntil`. */
export interface IdempotencyReservation extends IdempotencyKey {
  readonly lockedUntil: string;
}

export interface RecordedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type IdempotencyBegin =
  /** Go on. `resourceId` is the id to create: on a take-over after a crash it is the first caller's, so nothing is made twice. */
  | { readonly outcome: 'begun'; readonly resourceId: string }
  /** The same request was answered before. */
  | { readonly outcome: 'answered'; readonly answer: RecordedAnswer }
  /** The same request is being answered at this moment. */
  | { readonly outcome: 'in_progress' }
  /** The key was used with another fingerprint. */
  | { readonly outcome: 'mismatch' };

export interface IdempotencyStore {
  /**
   * Reserves the key, atomically. A reservation that was neither completed nor abandoned is taken over after
   * `lockedUntil`; a row past `expiresAt` counts as absent. All instants are RFC 3339, UTC.
   */
  begin(
    key: IdempotencyKey,
    request: {
      /** A hash of method, path and canonical body. */
      readonly fingerprint: string;
      readonly resourceId: string;
      readonly now: string;
      readonly lockedUntil: string;
      readonly expiresAt: string;
    },
  ): Promise<IdempotencyBegin>;
  /** Records the answer for later callers. Nothing happens where another caller has taken the key over. */
  complete(held: IdempotencyReservation, answer: RecordedAnswer): Promise<void>;
  /** Frees the key: the request failed before it changed anything. Nothing happens where another caller has taken it over. */
  abandon(held: IdempotencyReservation): Promise<void>;
}
