/** Answers that open a file: a redirect to its signed address, or the address itself. */
import * as z from 'zod';
import type { SignedRequest } from '#core/ports/object-store.ts';
import type { Answer } from './answer.ts';

export const openQuery = z.strictObject({ disposition: z.enum(['inline', 'attachment']).default('attachment') });

export const openedResponses = {
  302: { description: 'To the signed address of the file.', headers: { location: 'The address.' } },
  200: {
    description: 'The address, on `Accept: application/json`.',
    schema: z.strictObject({ url: z.string(), expiresAt: z.iso.datetime() }),
  },
};

export const wantsAddress = (accept = ''): boolean => /\bapplication\/json\b/i.test(accept);

export const openedAnswer = ({ url, expiresAt }: SignedRequest, accept?: string): Answer =>
  wantsAddress(accept) ? { status: 200, json: { url, expiresAt } } : { status: 302, headers: { location: url } };
