/** Everything that the local host can be told, by flag or by environment. No other file of local/ or cli/ reads either. */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { PricesText } from '#core/usecases/billing.ts';
import { noQuotas, Quotas } from '#core/usecases/quotas.ts';

/** `name=value` pairs with commas between. */
const pairs = (form: string) =>
  z
    .string()
    .default('')
    .transform((text, context): Record<string, string> => {
      const parts = text.split(',').flatMap((part) => part.trim() || []);
      const found = parts.map((part) => /^([^=]+)=(.+)$/.exec(part));
      const wrong = parts.find((_, n) => !found[n]);
      if (wrong !== undefined) context.addIssue({ code: 'custom', message: `"${wrong}" must be ${form}` });
      return Object.fromEntries(found.map((match) => [match?.[1]?.trim() ?? '', match?.[2]?.trim() ?? '']));
    });

const HostAndPort = z.string().regex(/^[^/?#@\\:]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/, 'must be host:port');

export const LocalConfig = z.strictObject({
  /** 0 takes a free port. */
  port: z.coerce.number().int().min(0).max(65_535).default(8787),
  /** Absolute: where the database, the files, the tokens and the log lie. */
  dataFolder: z
    .string()
    .min(1)
    .default('.kinoduct')
    .transform((folder) => resolve(folder)),
  /** A file of the data folder, the PostgreSQL that PGHOST and its kind name, or one that a URL names. */
  database: z
    .union([z.enum(['sqlite', 'postgres']), z.url({ protocol: /^postgres(?:ql)?$/ })], {
      error: 'must be sqlite, postgres, or postgres://user@host:port/name',
    })
    .default('sqlite'),
  /** How many tasks run FFmpeg at the same time. */
  concurrency: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(Math.max(1, Math.floor(availableParallelism() / 2))),
  log: z.enum(['file', 'stdout']).default('file'),
  /** What jobs may name as buckets: folders of this machine by their absolute paths, and buckets of S3. */
  buckets: pairs('name=/path/to/a/folder or name=s3').transform((places) =>
    Object.fromEntries(Object.entries(places).map(([name, at]) => [name, at === 's3' ? at : resolve(at)])),
  ),
  /** Servers of the own network that jobs may read from and deliver to. */
  privateHosts: z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((part) => part.trim() || []))
    .pipe(z.array(HostAndPort)),
  /** How much may be asked for; nothing is limited by default. */
  quotas: pairs('name=number').pipe(z.preprocess((given) => ({ ...noQuotas, ...(given as object) }), Quotas)), // true: `pairs` makes an object
  /** Prices instead of ours, as JSON. */
  prices: PricesText,
  /** The program that finds the media of a page; off where it is left out. */
  ytDlp: z.string().min(1).optional(),
  /** What is seen and said, by an AWS account; with a bucket of it, where Transcribe can read, speech too. Off where it is left out. */
  contentAnalysis: z
    .string()
    .regex(/^aws(?::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$/, 'must be aws, or aws: and the name of a bucket')
    .optional(),
  /** Where services of the internet stand instead: behind a proxy, or in a test. */
  services: pairs('name=http://host').pipe(
    z.partialRecord(z.enum(['drive', 'imgur', 'reddit', 'elevenlabs']), z.url({ protocol: /^https?$/ })),
  ),
});
export type LocalConfig = z.output<typeof LocalConfig>;

export const usage = `Kinoduct on one machine: the API on http://127.0.0.1:8787, data under .kinoduct/.

  npm start -- [options]

  --port <n>         the port to listen on, 0 for a free one (PORT or KINODUCT_PORT; 8787)
  --data <folder>    where everything is kept (KINODUCT_DATA; .kinoduct)
  --database <where> sqlite, postgres (as PGHOST, PGUSER, PGDATABASE and so on say), or postgres://user@host/name
                     (KINODUCT_DATABASE; sqlite). Its password is PGPASSWORD's or that of ~/.pgpass
  --concurrency <n>  tasks that run FFmpeg at the same time (KINODUCT_CONCURRENCY; half of the processors)
  --log              write the log to the terminal as JSON lines instead of to a file (KINODUCT_LOG=stdout)
  --buckets <list>   what s3:// may name: name=/a/folder or name=s3, with commas between (KINODUCT_BUCKETS; none)
  --private-hosts <list>
                     servers of your own network, host:port with commas between, that jobs may read from and
                     deliver to, by http too (KINODUCT_PRIVATE_HOSTS; none: public addresses only)
  --quotas <list>    name=number with commas between: userDailyJobs, globalDailyJobs, userConcurrentJobs, userDailyGigabytes,
                     userDailyMinutes, userDailyUsd, globalDailyUsd (KINODUCT_QUOTAS; none)
  --content-analysis <by>
                     aws: the outputs labels and moderation, by Rekognition of the AWS account that the SDK finds;
                     aws:<bucket> transcript as well, by Transcribe, which reads the sound in that bucket
                     (KINODUCT_CONTENT_ANALYSIS; none: jobs with such outputs are refused)
  --yt-dlp <path>    the yt-dlp that finds the media of pages (KINODUCT_YT_DLP; none: pages are not read)
  --help             this text

Buckets of S3 are spoken to with the AWS SDK's own settings (AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL_S3, …).
Secrets that jobs name lie in secrets/ of the data folder, one file each of mode 0600:

  install -m 600 /dev/stdin .kinoduct/secrets/elevenlabs

Speech is made by FFmpeg itself ("local") where a job names no provider. KINODUCT_SERVICES sets other addresses for
drive, imgur, reddit and elevenlabs, as in imgur=http://127.0.0.1:9000.

FFMPEG_PATH names the ffmpeg to use; ffprobe is taken from the same folder.
`;

const options = {
  port: { type: 'string' },
  data: { type: 'string' },
  database: { type: 'string' },
  concurrency: { type: 'string' },
  log: { type: 'boolean' },
  buckets: { type: 'string' },
  'private-hosts': { type: 'string' },
  quotas: { type: 'string' },
  'yt-dlp': { type: 'string' },
  'content-analysis': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

const flagOf: Readonly<Record<keyof LocalConfig, string>> = {
  port: '--port (PORT, KINODUCT_PORT)',
  dataFolder: '--data (KINODUCT_DATA)',
  database: '--database (KINODUCT_DATABASE)',
  concurrency: '--concurrency (KINODUCT_CONCURRENCY)',
  log: '--log (KINODUCT_LOG)',
  buckets: '--buckets (KINODUCT_BUCKETS)',
  privateHosts: '--private-hosts (KINODUCT_PRIVATE_HOSTS)',
  quotas: '--quotas (KINODUCT_QUOTAS)',
  prices: 'KINODUCT_PRICES',
  ytDlp: '--yt-dlp (KINODUCT_YT_DLP)',
  contentAnalysis: '--content-analysis (KINODUCT_CONTENT_ANALYSIS)',
  services: 'KINODUCT_SERVICES',
};

const reasonOf = (error: z.ZodError): string =>
  error.issues.map(({ path, message }) => `${flagOf[path[0] as keyof LocalConfig]}: ${message}`).join('\n'); // true: the object is flat

/** Every user of the machine can read the arguments of a process. */
const passwordInArguments =
  '--database: leave the password out of the command line; set PGPASSWORD, or write it to ~/.pgpass';
const hasPassword = (url: string | undefined): boolean =>
  url !== undefined && URL.canParse(url) && (new URL(url).password !== '' || new URL(url).searchParams.has('password'));

export type Told = { readonly config: LocalConfig } | { readonly help: true } | { readonly wrong: string };

/** Flags win over the environment; `wrong` says which of them is, in words for the terminal. */
export const readConfig = (args: readonly string[], env: Readonly<Record<string, string | undefined>>): Told => {
  try {
    const { values } = parseArgs({ args: [...args], options, strict: true });
    if (values.help) return { help: true };
    if (hasPassword(values.database)) return { wrong: passwordInArguments };
    const config = LocalConfig.safeParse({
      port: values.port ?? env['KINODUCT_PORT'] ?? env['PORT'],
      dataFolder: values.data ?? env['KINODUCT_DATA'],
      database: values.database ?? env['KINODUCT_DATABASE'],
      concurrency: values.concurrency ?? env['KINODUCT_CONCURRENCY'],
      log: values.log ? 'stdout' : env['KINODUCT_LOG'],
      buckets: values.buckets ?? env['KINODUCT_BUCKETS'],
      privateHosts: values['private-hosts'] ?? env['KINODUCT_PRIVATE_HOSTS'],
      quotas: values.quotas ?? env['KINODUCT_QUOTAS'],
      prices: env['KINODUCT_PRICES'],
      ytDlp: values['yt-dlp'] ?? env['KINODUCT_YT_DLP'],
      contentAnalysis: values['content-analysis'] ?? env['KINODUCT_CONTENT_ANALYSIS'],
      services: env['KINODUCT_SERVICES'],
    });
    return config.success ? { config: config.data } : { wrong: reasonOf(config.error) };
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
};
