import { Failure } from '../failures.ts';
import type { InputOf } from '../inputs/define-input.ts';
import type { BucketObjectInfo } from '../ports/buckets.ts';
import { keepMedia, knownMedia, reuseMedia } from './keep-media.ts';
import type { Imported, ImportRun, TransferDeps } from './transfer.ts';

type Place = InputOf<'s3'>['s3'];

const sourceOf = ({ bucket, key, versionId }: Place): string =>
  `s3://${bucket}/${key}${versionId === undefined ? '' : `?versionId=${encodeURIComponent(versionId)}`}`.slice(0, 2048);

const found = async ({ buckets, limits }: TransferDeps, place: Place): Promise<BucketObjectInfo> => {
  const info = await buckets.head(place);
  if (!info) throw new Failure('input.not_found', { detail: `There is no object ${sourceOf(place)}.` });
  if (info.bytes > limits.maxBytes)
    throw new Failure('input.too_large', {
      detail: `The object has ${info.bytes} bytes; ${limits.maxBytes} are allowed.`,
    });
  return info;
};

/** Copies an object of a foreign bucket, unless the library has that very version. */
export const importObject = async (deps: TransferDeps, run: ImportRun, place: Place): Promise<Imported> => {
  const { owner, report, signal } = run;
  const info = await found(deps, place);
  const source = sourceOf(place);
  const known = await knownMedia(deps, owner, source);
  const reused = known?.etag === info.etag ? await reuseMedia(deps, known) : undefined;
  if (reused) return reused;
  return deps.workspace.use(info.bytes, async (folder) => {
    const file = folder.at('media');
    const got = await report.during('downloading', 'download', () =>
      deps.buckets.download({ ...place, etag: info.etag }, file, signal),
    );
    report.advance(0.8);
    const filename = place.key.slice(place.key.lastIndexOf('/') + 1);
    const brought = { ...info, ...got, file, filename, source };
    return report.during('uploading', 'upload', () => keepMedia(deps, run, brought));
  });
};
