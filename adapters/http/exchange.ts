/** One request and its answer, on connections of their own; and what it means when that goes wrong. */
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, type buildConnector, type Dispatcher, request } from 'undici';
import { Failure } from '#core/failures.ts';
import { placeOf } from './target.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  /** Its errors are told as those of the exchange. */
  readonly body: () => AsyncIterable<Buffer>;
  /** Lets go of a body that nobody reads, however long it is. */
  readonly discard: () => void;
}

/** The connection broke or was never made. Doing the same again may help, which `Failure` alone cannot say. */
export class Interrupted extends Error {}

/** Ours to set: they decide where a message ends, or who is spoken to. */
const ours = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Names in lower case, without those that belong to the connection. */
export const ownHeaders = (
  headers: Readonly<Record<string, string>> = {},
  reserved: readonly string[] = [],
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => !ours.has(name) && !name.startsWith('proxy-') && !reserved.includes(name)),
  );

export const unreachable = (detail: string, cause?: unknown): Failure =>
  new Failure('input.unreachable', { detail }, { cause });

/** A failure of ours or the caller's own reason goes as it came; whatever else the network throws is an interruption. */
const understood = (error: unknown, url: URL, signal: AbortSignal): unknown => {
  if (signal.aborted) return signal.reason;
  if (error instanceof Failure) return error;
  const code = error instanceof Error && 'code' in error ? (error.code as string) : '';
  if (code === 'UND_ERR_INVALID_ARG') return unreachable(`The headers for ${url.host} are not valid.`, error);
  return new Interrupted(`The connection to ${placeOf(url)} failed${code && ` (${code})`}.`, {
    cause: error,
  });
};

export interface Exchange {
  readonly url: URL;
  readonly method: Dispatcher.HttpMethod;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Dispatcher.DispatchOptions['body'];
}

/** What may be in memory between the network and the disk. */
const bufferBytes = 1024 * 1024;

/**
 * A stream that breaks drops what nobody has read of it yet, so its bytes wait in a buffer of their own: a resumption
 * begins after all that came. It listens from the beginning, or an early error would be heard by nobody.
 */
const held = (
  body: Dispatcher.ResponseData['body'],
  url: URL,
  signal: AbortSignal,
): Pick<Answer, 'body' | 'discard'> => {
  const buffer = new PassThrough({ highWaterMark: bufferBytes });
  let broken: { readonly error: unknown } | undefined;
  body
    .on('error', (error) => {
      broken = { error };
      buffer.end();
    })
    .pipe(buffer);
  return {
    discard: () => {
      body.destroy();
    },
    body: async function* pieces() {
      try {
        yield* buffer as AsyncIterable<Buffer>; // true: no encoding was set
      } finally {
        body.destroy();
      }
      if (broken) throw understood(broken.error, url, signal);
    },
  };
};

/** Answers whatever is answered, redirects too; rejects with a `Failure`, an `Interrupted`, or the signal's reason. */
export const exchange = async (agent: Agent, { url, ...what }: Exchange, signal: AbortSignal): Promise<Answer> => {
  try {
    const { statusCode, headers, body } = await request(url, {
      ...what,
      headers: { 'user-agent': 'kinoduct', ...what.headers },
      dispatcher: agent,
      signal,
    });
    return { status: statusCode, headers, ...held(body, url, signal) };
  } catch (error) {
    throw understood(error, url, signal);
  }
};

/** Connections that live as long as the work does: a frozen Lambda function finds no stale ones when it wakes. */
export const withAgent = async <T>(
  connect: buildConnector.connector,
  answerSeconds: number,
  work: (agent: Agent) => Promise<T>,
): Promise<T> => {
  const agent = new Agent({ connect, headersTimeout: answerSeconds * 1000, bodyTimeout: 0 });
  try {
    return await work(agent);
  } finally {
    await agent.destroy();
  }
};

/** Runs work under a signal that also aborts, with the given failure, when the time is up. */
export const within = async <T>(
  seconds: number,
  late: () => Error,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const clock = new AbortController();
  const timer = setTimeout(() => clock.abort(late()), seconds * 1000);
  try {
    return await work(AbortSignal.any([clock.signal, ...(signal ? [signal] : [])]));
  } finally {
    clearTimeout(timer);
  }
};

export const pause = (seconds: number, signal: AbortSignal): Promise<void> =>
  sleep(seconds * 1000, undefined, { signal }).catch(() => {
    throw signal.reason;
  });

export const headerOf = (answer: Answer, name: string): string | null => {
  const value = answer.headers[name];
  return (Array.isArray(value) ? value.join(', ') : value) ?? null;
};
