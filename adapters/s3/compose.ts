/** One object out of many: S3 copies the large pieces by itself, the small ones go through here. */
import { createHash, randomUUID } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { Failure } from '#core/failures.ts';
import type { ComposePiece, ObjectInfo, StoredPiece } from '#core/ports/object-store.ts';
import { abortUpload, copySource, headObject, infoOf, markedObject, type SpokenTo, unquoted } from './bucket.ts';
import { type ComposedPart, composedParts, type PartLimits, s3Limits, type Stretch } from './compose-parts.ts';
import { hasName, isDefinite, translated } from './failures.ts';
import { readRange } from './read-range.ts';

/** Each of the parts that are sent is in memory, some 5 to 15 MiB; of those that are copied nothing is. */
const lanes = { sent: 3, copied: 32 } as const;

type Composed = ObjectInfo & {
  readonly sha256: string | null;
  readonly moved: number;
  readonly requests: number;
};
interface Work {
  readonly bucket: SpokenTo;
  readonly key: string;
  readonly pieces: readonly ComposePiece[];
  readonly signal: AbortSignal;
}

const isBytes = (piece: ComposePiece): piece is Uint8Array => piece instanceof Uint8Array;
const sizeOf = (piece: ComposePiece): number => (isBytes(piece) ? piece.length : piece.bytes);

/** The failure, and which object it is about. */
const about = (key: string, error: unknown): unknown => {
  const failure = hasName(error, 'InvalidRange')
    ? new Failure('input.changed', {}, { cause: error })
    : translated(error);
  if (!(failure instanceof Failure)) return failure;
  return new Failure(failure.code, { ...failure.facts, object: key }, { cause: failure.cause ?? error });
};

/** With an etag, so that every stretch is one of the same object. */
const pinned = async (bucket: SpokenTo, piece: ComposePiece): Promise<ComposePiece> => {
  if (isBytes(piece) || piece.etag !== undefined) return piece;
  const head = await headObject(bucket, piece.key);
  if (!head) throw new Failure('input.not_found', { object: piece.key });
  const { bytes, etag } = infoOf(piece.key, head);
  if (bytes !== piece.bytes) throw new Failure('input.changed', { object: piece.key });
  return { ...piece, etag };
};

const read = async ({ bucket, pieces, signal }: Work, { piece: n, start, end }: Stretch): Promise<Uint8Array> => {
  const piece = pieces[n];
  if (!piece) throw new TypeError('a stretch is of a piece');
  if (isBytes(piece)) return piece.subarray(start, end);
  try {
    const bytes = await readRange(bucket, piece, { start, end }, signal);
    const isWhole = start === 0 && end === piece.bytes;
    if (isWhole && piece.sha256 !== undefined && createHash('sha256').update(bytes).digest('hex') !== piece.sha256)
      throw new Failure('input.changed');
    return bytes;
  } catch (error) {
    throw signal.aborted ? signal.reason : about(piece.key, error);
  }
};

const gathered = async (work: Work, stretches: readonly Stretch[]): Promise<Buffer> =>
  Buffer.concat(await Promise.all(stretches.map((stretch) => read(work, stretch))));

const sendPart = async (work: Work, part: ComposedPart, upload: { readonly UploadId: string; readonly n: number }) => {
  const { bucket, key, signal, pieces } = work;
  const target = { Bucket: bucket.name, Key: key, UploadId: upload.UploadId, PartNumber: upload.n };
  const options = { abortSignal: signal };
  if (part.kind === 'sent') {
    const Body = await gathered(work, part.stretches);
    return (await bucket.client.send(new UploadPartCommand({ ...target, Body }), options)).ETag;
  }
  const { piece: n, start, end } = part.stretch;
  const { key: from, etag } = pieces[n] as StoredPiece; // true: only what is stored is copied
  const source = { CopySource: copySource(bucket, from), CopySourceIfMatch: `"${etag}"` };
  const range = { CopySourceRange: `bytes=${start}-${end - 1}` };
  try {
    const command = new UploadPartCopyCommand({ ...target, ...source, ...range });
    return (await bucket.client.send(command, options)).CopyPartResult?.ETag;
  } catch (error) {
    throw about(from, error);
  }
};

/** Every part, some at once. After a failure no further one begins, and those under way have ended when it rejects. */
const sendParts = async (
  work: Work,
  parts: readonly ComposedPart[],
  UploadId: string,
  stop: AbortController,
): Promise<{ readonly PartNumber: number; readonly ETag: string | undefined }[]> => {
  const etags = new Map<number, string | undefined>();
  const lane = async (queue: [number, ComposedPart][]): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      work.signal.throwIfAborted();
      const [index, part] = next;
      etags.set(index, await sendPart(work, part, { UploadId, n: index + 1 }));
    }
  };
  const all = [...parts.entries()];
  const running = (['sent', 'copied'] as const).flatMap((kind) => {
    const queue = all.filter(([, part]) => part.kind === kind);
    return Array.from({ length: lanes[kind] }, () =>
      lane(queue).catch((error: unknown) => {
        stop.abort(error);
      }),
    );
  });
  await Promise.all(running);
  if (stop.signal.aborted) throw stop.signal.reason;
  return parts.map((_, index) => ({ PartNumber: index + 1, ETag: etags.get(index) }));
};

const small = async (work: Work, contentType: string, part: ComposedPart | undefined): Promise<Composed> => {
  const { bucket, key } = work;
  const Body = part?.kind === 'sent' ? await gathered(work, part.stretches) : Buffer.alloc(0);
  const command = new PutObjectCommand({ Bucket: bucket.name, Key: key, Body, ContentType: contentType });
  const { ETag } = await bucket.client.send(command, { abortSignal: work.signal });
  const sha256 = createHash('sha256').update(Body).digest('hex');
  const requests = 1 + (part?.kind === 'sent' ? part.stretches.length : 0);
  return { key, bytes: Body.length, etag: unquoted(ETag), contentType, sha256, moved: Body.length, requests };
};

export const compose = async (
  bucket: SpokenTo,
  key: string,
  given: readonly ComposePiece[],
  { contentType, signal }: { readonly contentType: string; readonly signal?: AbortSignal },
  limits: PartLimits = s3Limits,
): Promise<Composed> => {
  signal?.throwIfAborted();
  const stop = new AbortController();
  const both = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  try {
    const pieces: ComposePiece[] = [];
    for (const piece of given) pieces.push(await pinned(bucket, piece));
    const work: Work = { bucket, key, pieces, signal: both };
    const sizes = pieces.map((piece) => ({ bytes: sizeOf(piece), isStored: !isBytes(piece) }));
    const parts = composedParts(sizes, limits);
    const [first, ...more] = parts;
    if (more.length === 0 && first?.kind !== 'copied') return await small(work, contentType, first);
    return await large(work, contentType, parts, stop);
  } catch (error) {
    throw signal?.aborted ? signal.reason : translated(error);
  }
};

/** `mark` tells this object from any other, when it is unknown whether the last request did its work. */
const large = async (
  work: Work,
  contentType: string,
  parts: readonly ComposedPart[],
  stop: AbortController,
): Promise<Composed> => {
  const { bucket, key } = work;
  const target = { Bucket: bucket.name, Key: key };
  const mark = randomUUID();
  const started = await bucket.client.send(
    new CreateMultipartUploadCommand({ ...target, ContentType: contentType, Metadata: { mark } }),
  );
  const UploadId = started.UploadId ?? '';
  const sent = parts.flatMap((part) => (part.kind === 'sent' ? [part] : []));
  const facts = {
    sha256: null,
    moved: sent.reduce((sum, { bytes }) => sum + bytes, 0),
    requests: 2 + parts.length + sent.reduce((sum, { stretches }) => sum + stretches.length, 0),
  };
  const bytes = work.pieces.reduce((sum, piece) => sum + sizeOf(piece), 0);
  let isLast = false;
  try {
    const Parts = await sendParts(work, parts, UploadId, stop);
    isLast = true;
    const command = new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } });
    const { ETag } = await bucket.client.send(command, { abortSignal: work.signal });
    return { key, bytes, etag: unquoted(ETag), contentType, ...facts };
  } catch (error) {
    const landed = isLast && !isDefinite(error) ? await markedObject(bucket, key, mark) : undefined;
    if (landed) return { ...landed, ...facts };
    // The bucket's lifecycle rule takes what cannot be aborted now; the failure that led here is the one to report.
    await abortUpload(bucket, key, UploadId).catch(() => undefined);
    throw error;
  }
};
