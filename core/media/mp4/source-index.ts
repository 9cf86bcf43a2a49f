/** The index of a source, from its `moov` alone: what a plan needs to cut it, and where each sample lies. */
import { Failure } from '../../failures.ts';
import type { SourceIndex } from '../source-index.ts';

/** A file that is read by byte ranges: from `start` up to but without `end`. */
export interface RangedFile {
  readonly bytes: number;
  readonly read: (start: number, end: number) => Promise<Uint8Array>;
}

/**
 * Undefined where there is nothing to index: another container, or a fragmented MP4, whose samples are listed all over
 * the file. Never fails because of what the file holds: a track that does not hold together is `refused` and has no
 * rows. Only what `read` fails with comes through.
 */
export const readSourceIndex = async (
  file: RangedFile,
): Promise<{ readonly index: Omit<SourceIndex, 'rows'>; readonly rows: Uint8Array } | undefined> => {
  await file.read(0, Math.min(file.bytes, 65_536));
  throw new Failure('platform.internal');
};
