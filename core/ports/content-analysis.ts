/**
 * Recognition of what is seen and said, by a service or a program. What it answers may be money: it is asked once for each
 * picture and each sound. Every method fails with `spec.invalid` where what it was asked is refused, with `auth.invalid`
 * where the deployment's credentials are, with `platform.throttled` where it asks to slow down (or has not finished yet:
 * the same call then goes on where this one ended), and with `provider.recognition` else.
 */
import type { Label } from '../media/seen.ts';
import type { Heard } from '../media/transcript.ts';

/** Looks at a JPEG picture; labels that it is less sure of are left out. */
export type SeeLabels = (
  jpeg: Uint8Array,
  wanted: { readonly minConfidence: number },
  signal?: AbortSignal,
) => Promise<readonly Label[]>;

/** A WAV file with one channel at 16 kHz. */
export interface Sound {
  /** Of the object in the deployment's store. */
  readonly key: string;
  readonly seconds: number | null;
  /** Puts the file into this machine's scratch folder and resolves to its absolute path. */
  readonly fetched: () => Promise<string>;
}

/** Listens. Silence is no words. `id` names the work: calls with the same one are about the same sound. */
export type Transcribe = (
  sound: Sound,
  wanted: { readonly id: string; readonly language?: string | undefined },
  options?: { readonly signal?: AbortSignal; readonly onProgress?: (progress: number) => void },
) => Promise<Heard>;

/** By the kinds of recognition; a deployment has some of them, or none. */
export interface ContentAnalysis {
  readonly labels?: SeeLabels;
  /** Of what not everybody wants to see. */
  readonly moderation?: SeeLabels;
  readonly transcript?: Transcribe;
}
