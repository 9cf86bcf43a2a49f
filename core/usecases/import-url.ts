import { Failure } from '../failures.ts';
import type { InputOf } from '../inputs/define-input.ts';
import type { MediaRecord } from '../job/media-record.ts';
import type { ResolvedPage } from '../ports/page-resolver.ts';
import { keepMedia, knownMedia, reuseMedia } from './keep-media.ts';
import { type Imported, type ImportRun, leastFreeBytes, type TransferDeps } from './transfer.ts';

const media = 'media';

const resolved = async (
  { pages }: TransferDeps,
  { url, headers, resolver }: InputOf<'url'>,
  signal: AbortSignal,
): Promise<ResolvedPage | undefined> => {
  if (resolver !== 'yt-dlp') return undefined;
  if (!pages)
    throw new Failure('spec.unsupported', {
      detail: 'This deployment does not read media out of pages.',
      hint: 'Give the address of the file itself, or start the server with KINODUCT_YT_DLP=/path/to/yt-dlp.',
    });
  // What a secret says to one server is nothing for the server that a page leads to.
  if (headers)
    throw new Failure('spec.invalid', { detail: '"headers" do not go together with the resolver "yt-dlp".' });
  return pages.resolve(url, signal);
};

const headersOf = async ({ secrets }: TransferDeps, { headers }: InputOf<'url'>): Promise<Record<string, string>> =>
  Object.fromEntries(
    await Promise.all(
      Object.entries(headers ?? {}).map(async ([name, { secret }]) => [name, await secrets.read(secret)] as const),
    ),
  );

/** Another address of the same page may be another file, whose tags mean something else. */
const versionOf = (known: MediaRecord | undefined) =>
  known && (known.etag !== null || known.lastModified !== null)
    ? { etag: known.etag ?? undefined, lastModified: known.lastModified ?? undefined }
    : undefined;

/** Downloads what the library does not have yet, and what has changed since. */
export const importUrl = async (deps: TransferDeps, run: ImportRun, input: InputOf<'url'>): Promise<Imported> => {
  const { owner, report, signal } = run;
  const page = await report.during('downloading', 'resolve', () => resolved(deps, input, signal));
  const known = page ? undefined : await knownMedia(deps, owner, input.url);
  const version = versionOf(known);
  const headers = page ? page.headers : await headersOf(deps, input);
  const { maxBytes } = deps.limits;
  return deps.workspace.use(Math.min(maxBytes, leastFreeBytes), async (folder) => {
    const download = {
      url: page?.url ?? input.url,
      headers,
      ...(version ? { known: version } : {}),
      file: folder.at(media),
      maxBytes,
      onProgress: (bytes: number, total: number | null) => report.advance(total ? bytes / total : bytes / maxBytes),
    };
    const got = await report.during('downloading', 'download', () => deps.web.download(download, signal));
    if (got.unchanged) {
      const reused = known && (await reuseMedia(deps, known));
      if (reused) return reused;
      throw new Failure('platform.internal', { detail: 'The library changed while the address was asked.' });
    }
    const about = page ? { title: page.title, metadata: jsonOf(page.metadata) } : {};
    const brought = { ...got, ...about, file: folder.at(media), source: input.url };
    return report.during('uploading', 'upload', () => keepMedia(deps, run, brought));
  });
};

/** Whoever resolved the page has read it as JSON. */
const jsonOf = (metadata: ResolvedPage['metadata']): MediaRecord['metadata'] => metadata as MediaRecord['metadata'];
