/** What the playlists of a stream are made of: all of its renditions, read back and compared with one another. */
import { Failure } from '../failures.ts';
import type { Tables } from '../job/documents.ts';
import type { Head } from '../media/mp4/head.ts';
import { readRendition, type Rendition, secondsOf } from '../media/rendition.ts';
import { renditionOfTables } from './segment-table.ts';
import type { FolderFiles } from './define-document.ts';

type OfKind<K extends Head['kind']> = Rendition & { readonly head: Extract<Head, { kind: K }> };
export type VideoRendition = OfKind<'video'>;
export type AudioRendition = OfKind<'audio'>;

const isKind = <K extends Head['kind']>(rendition: Rendition, kind: K): rendition is OfKind<K> =>
  rendition.head.kind === kind;

/** Of this folder, or of the tables of its pieces. */
export const wholeRendition = (files: FolderFiles, id: string, tables: Tables | undefined): Promise<Rendition> =>
  tables ? renditionOfTables(files, id, tables) : readRendition(files, id);

const readKind = async <K extends Head['kind']>(
  files: FolderFiles,
  { id, kind, tables }: { readonly id: string; readonly kind: K; readonly tables: Tables | undefined },
): Promise<OfKind<K>> => {
  const rendition = await wholeRendition(files, id, tables);
  if (isKind(rendition, kind)) return rendition;
  throw new Failure('encode.verify_failed', { detail: `The rendition "${id}" is no ${kind}.`, phase: 'checking' });
};

/** Where the segments start and end: a player may change the rendition at each of these seconds. */
const boundaries = (rendition: Rendition): string =>
  rendition.segments.map((segment) => secondsOf(rendition, segment).toFixed(6)).join(' ');

/** Fails with `encode.verify_failed` where the pictures are not cut at the same places in all renditions. */
export const readRenditions = async (
  files: FolderFiles,
  of: { readonly video: readonly string[]; readonly audio?: string | undefined; readonly tables?: Tables | undefined },
): Promise<{ video: [VideoRendition, ...VideoRendition[]]; audio: AudioRendition | undefined }> => {
  const { video, audio, tables } = of;
  const pictures: VideoRendition[] = [];
  for (const id of video) pictures.push(await readKind(files, { id, kind: 'video', tables }));
  const [first, ...others] = pictures;
  if (!first) throw new TypeError('a stream has pictures');
  const odd = others.find((other) => boundaries(other) !== boundaries(first));
  if (odd) {
    const detail = `The segments of "${odd.id}" are not those of "${first.id}".`;
    throw new Failure('encode.verify_failed', { detail, phase: 'checking' });
  }
  return {
    video: [first, ...others],
    audio: audio === undefined ? undefined : await readKind(files, { id: audio, kind: 'audio', tables }),
  };
};
