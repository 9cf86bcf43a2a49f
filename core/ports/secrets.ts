/** Secrets that the deployment holds. Jobs name them; their values are never stored, logged or shown. */
export interface Secrets {
  /**
   * The value by its name (`SecretRef`). Fails with `spec.unknown_reference`, naming it, where there is none. A value may be
   * JSON; whoever uses it parses it.
   */
  read(name: string): Promise<string>;
}
