/**
 * How deliveries speak to a service: patient where it asks to slow down or stumbles, and failing in words that hold no
 * address, no header and nothing of a body, because addresses of upload sessions and forms are permissions themselves.
 * The adapters of this folder are one technology, delivering over HTTP, and share this file.
 */
import type * as z from 'zod';
import { Failure, type FailureFacts, hasCode } from '#core/failures.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Web, WebAnswer, WebRequest } from '#core/ports/web.ts';

export type SendOptions = {
  readonly signal?: AbortSignal | undefined;
  /** True where sending it twice does no harm. Others are sent again only where the service has refused them for now. */
  readonly repeatable: boolean;
};

export interface Remote {
  readonly name: string;
  /** One exchange; undefined where nothing answers. */
  once(request: WebRequest, signal?: AbortSignal): Promise<WebAnswer | undefined>;
  /** True for answers after which the same request may succeed. */
  isPassing(answer: WebAnswer): boolean;
  /**
   * Waits as long as the answer asks for, else longer with every attempt. Fails with `provider.drive` when `attempt`,
   * counted from 1, was the last one, or where the service asks for more than a minute.
   */
  pause(answer: WebAnswer | undefined, attempt: number, signal?: AbortSignal): Promise<void>;
  /** Resolves to the first answer that is not a passing one. */
  send(request: WebRequest, options: SendOptions): Promise<WebAnswer>;
  /** The answer's JSON. Fails with `provider.drive` where it is not of that form. */
  read<T>(schema: z.ZodType<T>, answer: WebAnswer): T;
  failed(detail: string, facts?: FailureFacts): Failure;
  refused(detail: string): Failure;
}

const attempts = 5;
const firstPauseMs = 1_000;
const longestPauseMs = 60_000;

const isOverload = ({ status }: WebAnswer): boolean => status === 429;
const isStumble = ({ status }: WebAnswer): boolean => status === 408 || status >= 500;

/** `Retry-After` in milliseconds (RFC 9110, section 10.2.3); an HTTP date there is taken as "do not know". */
const askedPauseMs = (answer: WebAnswer | undefined): number | undefined => {
  const seconds = /^\d{1,6}$/.exec(answer?.headers['retry-after'] ?? '')?.[0];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
};

export const remoteOf = ({
  name,
  web,
  clock,
  isBusy = () => false,
}: {
  /** For people. */
  name: string;
  web: Pick<Web, 'request'>;
  clock: Pick<Clock, 'sleep'>;
  /** Answers other than 429 by which this service says that there were too many requests. */
  isBusy?: (answer: WebAnswer) => boolean;
}): Remote => {
  const failed = (detail: string, facts: FailureFacts = {}): Failure =>
    new Failure('provider.drive', { ...facts, detail: `${name} ${detail}` });

  const once = async (request: WebRequest, signal?: AbortSignal): Promise<WebAnswer | undefined> => {
    try {
      return await web.request(request, signal);
    } catch (error) {
      if (hasCode(error, 'input.unreachable')) return undefined;
      throw error;
    }
  };

  const pause = async (answer: WebAnswer | undefined, attempt: number, signal?: AbortSignal): Promise<void> => {
    const asked = askedPauseMs(answer);
    if (attempt >= attempts || (asked ?? 0) > longestPauseMs) {
      const why = answer ? `answers with status ${answer.status}.` : 'does not answer.';
      throw failed(why, asked === undefined ? {} : { retryAfterSeconds: Math.ceil(asked / 1000) });
    }
    await clock.sleep(asked ?? firstPauseMs * 2 ** (attempt - 1), signal);
  };

  const isRefusedForNow = (answer: WebAnswer): boolean => isOverload(answer) || isBusy(answer);
  const isPassing = (answer: WebAnswer): boolean => isRefusedForNow(answer) || isStumble(answer);

  return {
    name,
    once,
    isPassing,
    pause,
    failed,
    refused: (detail) => new Failure('auth.invalid', { detail: `${name} ${detail}`, hint: 'Check the secret.' }),
    send: async (request, { signal, repeatable }) => {
      for (let attempt = 1; ; attempt += 1) {
        const answer = await once(request, signal);
        if (answer && !isPassing(answer)) return answer;
        const known = answer && isRefusedForNow(answer);
        if (!known && !repeatable)
          throw failed('did not say whether it took the file.', { hint: 'Look there before you deliver it again.' });
        await pause(answer, attempt, signal);
      }
    },
    read: (schema, answer) => {
      const parsed = schema.safeParse(jsonOf(answer.body));
      if (parsed.success) return parsed.data;
      throw failed('sent an answer that cannot be read.');
    },
  };
};

const jsonOf = (body: Uint8Array): unknown => {
  try {
    return JSON.parse(Buffer.from(body).toString());
  } catch {
    return undefined;
  }
};

/** Long enough for a slow line: 128 KiB a second, and never less than a minute. */
export const secondsFor = (bytes: number): number => Math.max(60, Math.ceil(bytes / 131_072));

/** A body of `application/x-www-form-urlencoded`, with its header. */
export const urlEncoded = (fields: Readonly<Record<string, string>>): Pick<WebRequest, 'body'> & ContentType => ({
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(fields).toString(),
});
type ContentType = { readonly headers: { readonly 'content-type': string } };
