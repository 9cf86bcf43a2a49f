/** A resource into a file, taken up again wherever the connection breaks. */
import type { Agent, buildConnector } from 'undici';
import { Failure } from '#core/failures.ts';
import type { Download, Downloaded, Web } from '#core/ports/web.ts';
import { type Answer, headerOf, Interrupted, ownHeaders, pause, unreachable, within, withAgent } from './exchange.ts';
import { follow } from './follow.ts';
import type { WebLimits } from './limits.ts';
import { paced } from './pace.ts';
import { type Sink, withSink } from './sink.ts';
import { admit, type PrivateHosts, placeOf } from './target.ts';
import { contentRange, filenameOf, isOther, type Version, versionOf } from './version.ts';

/** What an earlier connection brought, and what of. */
type Begun = { readonly version: Version; readonly total: number | null };

/** Statuses that say "later": the rest of 4xx says "never". */
const isPassing = (status: number): boolean => status >= 500 || status === 408 || status === 425 || status === 429;

const reserved = [
  'accept-encoding',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'range',
];

const conditions = ({ known }: Download): Record<string, string> => ({
  ...(known?.etag ? { 'if-none-match': known.etag } : {}),
  ...(known?.lastModified ? { 'if-modified-since': known.lastModified } : {}),
});

const refusal = (status: number, place: string): Error => {
  if (status === 404 || status === 410) return new Failure('input.not_found', { detail: `${place} does not exist.` });
  const detail = `${place} answered with status ${status}.`;
  return isPassing(status) ? new Interrupted(detail) : unreachable(detail);
};

const changed = (place: string): Failure =>
  new Failure('input.changed', { detail: `${place} changed while it was being read.` });

const length = (answer: Answer): number | null => {
  const header = headerOf(answer, 'content-length');
  return header === null ? null : Number(header);
};

/** The state of one download over all of its connections. */
const downloader = (wanted: Download, agent: Agent, own: PrivateHosts, limits: WebLimits, sink: Sink) => {
  const first = admit(wanted.url, own);
  const place = placeOf(first);
  let begun: Begun | undefined;

  const bounded = (bytes: number | null): void => {
    if (bytes === null || bytes <= wanted.maxBytes) return;
    throw new Failure('input.too_large', { detail: `${place} is larger than ${wanted.maxBytes} bytes.` });
  };

  const wholeFrom = async (answer: Answer): Promise<Begun> => {
    await sink.restart();
    return { version: versionOf(answer), total: length(answer) };
  };

  const restFrom = (answer: Answer, before: Begun): Begun => {
    const range = contentRange(headerOf(answer, 'content-range'));
    if (range?.start !== sink.bytes()) throw unreachable(`${place} answered with another part than was asked for.`);
    const totalDiffers = range.total !== null && before.total !== null && range.total !== before.total;
    if (totalDiffers || isOther(before.version, versionOf(answer))) throw changed(place);
    return { ...before, total: before.total ?? range.total };
  };

  /** The connection broke after the last byte, before the end was told: there is no rest to be had. */
  const isAllThere = (answer: Answer, before: Begun): boolean =>
    headerOf(answer, 'content-range') === `bytes */${sink.bytes()}` && !isOther(before.version, versionOf(answer));

  const receive = async (answer: Answer, total: number | null): Promise<void> => {
    bounded(total);
    for await (const piece of answer.body()) {
      bounded(sink.bytes() + piece.length);
      await sink.write(piece);
      wanted.onProgress?.(sink.bytes(), total);
    }
    if (total !== null && sink.bytes() !== total) throw new Interrupted(`${place} ended early.`);
  };

  const finished = ({ version }: Begun): Downloaded => ({
    unchanged: false,
    bytes: sink.bytes(),
    sha256: sink.sha256(),
    etag: version.etag,
    lastModified: version.lastModified,
    contentType: version.contentType,
    filename: filenameOf(version, first),
  });

  /** One connection: all of it, or the rest where something of the same version is there already. */
  return async (outer: AbortSignal): Promise<Downloaded> =>
    paced(sink.bytes, limits, place, outer, async (signal, start) => {
      const before = sink.bytes() > 0 && begun?.version.validator ? begun : undefined;
      const asks = before
        ? { range: `bytes=${sink.bytes()}-`, 'if-range': before.version.validator ?? '' }
        : conditions(wanted);
      const standing = { 'accept-encoding': 'identity', ...asks };
      const headers = ownHeaders(wanted.headers, reserved);
      const answer = await follow({ agent, own, url: first, headers, standing }, signal);
      const { status } = answer;
      if (status !== 200 && status !== 206) answer.discard();
      if (status === 304 && !before && Object.keys(asks).length > 0) return { unchanged: true };
      if (status === 416 && before) {
        if (isAllThere(answer, before)) return finished(before);
        throw changed(place);
      }
      if (status !== 200 && !(status === 206 && before)) throw refusal(status, place);
      begun = status === 206 && before ? restFrom(answer, before) : await wholeFrom(answer);
      start();
      await receive(answer, begun.total);
      return finished(begun);
    });
};

/** As often as it brings something new; a few times in a row where it does not. */
const persistently = async (
  attempt: (signal: AbortSignal) => Promise<Downloaded>,
  bytes: () => number,
  limits: WebLimits,
  signal: AbortSignal,
): Promise<Downloaded> => {
  let most = 0;
  for (let misses = 0; ; ) {
    try {
      return await attempt(signal);
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      misses = bytes() > most ? 1 : misses + 1;
      most = Math.max(most, bytes());
      if (misses >= limits.tries) throw unreachable(error.message, error);
      await pause(limits.backoffSeconds * 2 ** (misses - 1), signal);
    }
  }
};

export const guardedDownload =
  (connect: buildConnector.connector, own: PrivateHosts, limits: WebLimits): Web['download'] =>
  async (wanted: Download, outer?: AbortSignal): Promise<Downloaded> => {
    outer?.throwIfAborted();
    const place = placeOf(admit(wanted.url, own));
    const late = () => unreachable(`${place} was not read within ${limits.downloadSeconds} seconds.`);
    return withSink(wanted.file, (sink) =>
      within(limits.downloadSeconds, late, outer, (signal) =>
        withAgent(connect, limits.answerSeconds, async (agent) => {
          const attempt = downloader(wanted, agent, own, limits, sink);
          const result = await persistently(attempt, sink.bytes, limits, signal);
          return { keep: !result.unchanged, result };
        }),
      ),
    );
  };
