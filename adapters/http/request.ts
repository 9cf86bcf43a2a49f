/** One exchange with an answer that fits into memory. */
import { Readable } from 'node:stream';
import type { buildConnector } from 'undici';
import type { Web, WebAnswer, WebRequest } from '#core/ports/web.ts';
import { encodeBody } from './body.ts';
import { type Answer, exchange, Interrupted, ownHeaders, unreachable, within, withAgent } from './exchange.ts';
import { admit, type PrivateHosts, placeOf } from './target.ts';

const usualTimeoutSeconds = 60;
const usualMaxBytes = 1024 * 1024;

const collect = async (body: AsyncIterable<Buffer>, maxBytes: number, place: string): Promise<Uint8Array> => {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > maxBytes) throw unreachable(`${place} answered more than ${maxBytes} bytes.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
};

const headersOf = ({ headers }: Answer): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );

export const guardedRequest =
  (connect: buildConnector.connector, own: PrivateHosts): Web['request'] =>
  async (wanted: WebRequest, outer?: AbortSignal): Promise<WebAnswer> => {
    outer?.throwIfAborted();
    const url = admit(wanted.url, own);
    const { timeoutSeconds = usualTimeoutSeconds, maxBytes = usualMaxBytes } = wanted;
    const late = () => unreachable(`${placeOf(url)} did not answer within ${timeoutSeconds} seconds.`);
    const { body, headers } = await encodeBody(wanted.body);
    const what = {
      url,
      method: wanted.method,
      headers: { ...ownHeaders(wanted.headers), ...headers },
      ...(body === undefined ? {} : { body }),
    };
    try {
      return await within(timeoutSeconds, late, outer, (signal) =>
        withAgent(connect, 0, async (agent) => {
          const answer = await exchange(agent, what, signal);
          if (wanted.answer === 'status') answer.discard();
          const content =
            wanted.answer === 'status' ? new Uint8Array() : await collect(answer.body(), maxBytes, placeOf(url));
          return { status: answer.status, headers: headersOf(answer), body: content };
        }),
      );
    } catch (error) {
      throw error instanceof Interrupted ? unreachable(error.message, error) : error;
    } finally {
      if (body instanceof Readable) body.destroy();
    }
  };
