/** Secrets by which receivers know that a webhook comes from here: Standard Webhooks, symmetric. */

export interface SecretOf {
  readonly owner: string;
  readonly webhook: string;
  readonly generation: number;
}

export interface Signer {
  /**
   * `whsec_` and the base64 of 32 bytes. Derived from a key that only the deployment has, hence the same whenever it is
   * asked for, and stored nowhere.
   */
  secret(of: SecretOf): Promise<string>;
  /** The base64 of the HMAC-SHA256 of the text under a secret. */
  sign(of: SecretOf, text: string): Promise<string>;
}
