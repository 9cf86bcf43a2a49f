/**
 * The media of a page, found by yt-dlp or a program that speaks like it. It connects by itself, unguarded, so its generic
 * reader, which fetches any address, is off: only the sites that it knows by name are asked. What it finds is fetched by
 * the guarded client. Options: https://github.com/yt-dlp/yt-dlp#usage-and-options
 */
import * as z from 'zod';
import { Failure } from '#core/failures.ts';
import type { PageResolver, ResolvedPage } from '#core/ports/page-resolver.ts';
import { run } from './run.ts';

/** Of its answer, which lists every format of a page: megabytes for long videos. */
const mostOutputBytes = 32 * 1024 * 1024;
const mostMetadataBytes = 64 * 1024;

const words = [
  '--no-config',
  '--no-plugin-dirs',
  '--no-cache-dir',
  '--no-exec',
  '--no-update',
  '--no-playlist',
  '--no-warnings',
  '--no-progress',
  ['--default-search', 'error'],
  ['--use-extractors', 'default,-generic'],
  ['--playlist-items', '1'],
  ['--socket-timeout', '20'],
  // Simulates: nothing is downloaded, nothing is written.
  '--dump-single-json',
].flat();

const headers = z.record(z.string(), z.string()).optional();
const text = z.string().nullish().catch(undefined);
const number = z.number().nullish().catch(undefined);

/** A format of yt-dlp's JSON. `none` says that a codec is missing; nothing said is taken as there. */
const Format = z.object({
  url: z.string(),
  protocol: text,
  vcodec: text,
  acodec: text,
  height: number,
  tbr: number,
  http_headers: headers,
});
type Format = z.output<typeof Format>;

const About = {
  title: text,
  uploader: text,
  description: text,
  tags: z.array(z.string()).nullish().catch(undefined),
  duration: number,
  webpage_url: text,
  upload_date: text,
  extractor: text,
};

const Media = z.object({
  ...About,
  url: z.string().optional(),
  protocol: text,
  http_headers: headers,
  formats: z.array(z.unknown()).nullish(),
});
type Media = z.output<typeof Media>;

const Page = z.union([z.object({ _type: z.literal('playlist'), entries: z.array(z.unknown()).min(1) }), Media]);

const isHttp = (url: string): boolean => /^https?:\/\//i.test(url) && URL.canParse(url);

/** One file with all in it. `protocol` tells manifests (`m3u8_native`, `http_dash_segments`) from files (`https`). */
const isFile = ({ url, protocol }: Pick<Format, 'url' | 'protocol'>): boolean =>
  isHttp(url) && (protocol === undefined || protocol === null || protocol === 'http' || protocol === 'https');

const better = (a: Format, b: Format): Format => {
  const [more, less] = [b.height ?? 0, a.height ?? 0];
  return more > less || (more === less && (b.tbr ?? 0) > (a.tbr ?? 0)) ? b : a;
};

/** The picture and the sound in one file, the largest of these; else what the program itself would take. */
const pick = (media: Media): Pick<Format, 'url' | 'http_headers'> | undefined => {
  const whole = (media.formats ?? [])
    .flatMap((format) => Format.safeParse(format).data ?? [])
    .filter((format) => isFile(format) && format.vcodec !== 'none' && format.acodec !== 'none');
  if (whole.length > 0) return whole.reduce(better);
  const { url, protocol } = media;
  return url && isFile({ url, protocol }) ? { url, http_headers: media.http_headers } : undefined;
};

const nothing = (detail: string, cause?: unknown): Failure => new Failure('input.not_found', { detail }, { cause });

const parsed = (output: string): Media => {
  try {
    const page = Page.parse(JSON.parse(output));
    return 'entries' in page ? Media.parse(page.entries[0]) : page;
  } catch (error) {
    throw new Failure(
      'input.unreachable',
      { detail: 'The page resolver did not answer as it should.' },
      { cause: error },
    );
  }
};

/** Descriptions are the one thing that can be long. */
const metadataOf = (media: Media): Readonly<Record<string, unknown>> => {
  const about = Object.fromEntries(
    Object.keys(About).flatMap((name) => {
      const value = media[name as keyof Media]; // true: `Media` has all of them
      return value === undefined || value === null ? [] : [[name, value]];
    }),
  );
  if (Buffer.byteLength(JSON.stringify(about)) <= mostMetadataBytes) return about;
  const { title, uploader, duration } = media;
  return { title: title?.slice(0, 1000), uploader: uploader?.slice(0, 1000), duration };
};

export interface YtDlpOptions {
  /** An absolute path, or a name that `path` holds. */
  readonly program: string;
  /** What the program may call, such as its own interpreter. */
  readonly path?: string;
  readonly timeoutSeconds?: number;
}

export const ytDlpPageResolver = ({ program, path, timeoutSeconds = 60 }: YtDlpOptions): PageResolver => ({
  resolve: async (page, signal): Promise<ResolvedPage> => {
    const url = isHttp(page) ? URL.parse(page) : null;
    if (!url || url.username || url.password) throw nothing('A page has a http or https address without a user name.');
    // `--` ends the options; an address that begins with https could not be one anyway.
    const ended = await run(program, [...words, '--', url.href], { path, timeoutSeconds, mostOutputBytes, signal });
    if (ended.exitCode !== 0) {
      const unsupported = /unsupported url|no suitable extractor|no video|not available|does not exist/i.test(
        ended.stderr,
      );
      if (unsupported) throw nothing(`${url.host}${url.pathname} holds no media that can be read.`, ended.stderr);
      throw new Failure(
        'input.unreachable',
        { detail: `${url.host}${url.pathname} could not be read by the page resolver (${ended.why}).` },
        { cause: ended.stderr },
      );
    }
    const media = parsed(ended.stdout);
    const file = pick(media);
    if (!file) throw nothing(`${url.host}${url.pathname} has no single file with picture and sound.`);
    return {
      url: file.url,
      headers: file.http_headers ?? media.http_headers ?? {},
      title: media.title ?? null,
      metadata: metadataOf(media),
    };
  },
});
