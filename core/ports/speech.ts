/** Text to speech by a service. What it answers is money: use cases ask once for each text and voice. */
export interface SpeechRequest {
  readonly text: string;
  /** As the provider names it. */
  readonly voice: string;
  /** BCP 47; the voice's own where it is left out. */
  readonly language?: string | undefined;
}

export interface Speech {
  /**
   * Puts the spoken text at `file`, a path that does not exist yet, as mp3. Resolves to its size in bytes and how many
   * characters were billed. Fails with `spec.invalid` where the provider does not know the voice or refuses the text (the
   * detail names the voices that come near), with `auth.invalid` where the key is refused, with
   * `platform.throttled` where it asks to slow down, with `provider.speech` else.
   */
  speak(
    request: SpeechRequest,
    file: string,
    signal?: AbortSignal,
  ): Promise<{ readonly bytes: number; readonly characters: number; readonly contentType: 'audio/mpeg' }>;
}
