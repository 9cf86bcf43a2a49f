/** Everything that the local host can be told, by flag or by environment. No other file of local/ or cli/ reads either. */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';

export const LocalConfig = z.strictObject({
  /** 0 takes a free port. */
  port: z.coerce.number().int().min(0).max(65_535).default(8787),
  /** Absolute: where the database, the files, the tokens and the log lie. */
  dataFolder: z
    .string()
    .min(1)
    .default('.kinoduct')
    .transform((folder) => resolve(folder)),
  /** How many tasks run FFmpeg at the same time. */
  concurrency: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(Math.max(1, Math.floor(availableParallelism() / 2))),
  log: z.enum(['file', 'stdout']).default('file'),
});
export type LocalConfig = z.output<typeof LocalConfig>;

export const usage = `Kinoduct on one machine: the API on http://127.0.0.1:8787, data under .kinoduct/.

  npm start -- [options]

  --port <n>         the port to listen on, 0 for a free one (PORT or KINODUCT_PORT; 8787)
  --data <folder>    where everything is kept (KINODUCT_DATA; .kinoduct)
  --concurrency <n>  tasks that run FFmpeg at the same time (KINODUCT_CONCURRENCY; half of the processors)
  --log              write the log to the terminal as JSON lines instead of to a file (KINODUCT_LOG=stdout)
  --help             this text

FFMPEG_PATH names the ffmpeg to use; ffprobe is taken from the same folder.
`;

const options = {
  port: { type: 'string' },
  data: { type: 'string' },
  concurrency: { type: 'string' },
  log: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

const flagOf: Readonly<Record<keyof LocalConfig, string>> = {
  port: '--port (PORT, KINODUCT_PORT)',
  dataFolder: '--data (KINODUCT_DATA)',
  concurrency: '--concurrency (KINODUCT_CONCURRENCY)',
  log: '--log (KINODUCT_LOG)',
};

const reasonOf = (error: z.ZodError): string =>
  error.issues.map(({ path, message }) => `${flagOf[path[0] as keyof LocalConfig]}: ${message}`).join('\n'); // true: the object is flat

export type Told = { readonly config: LocalConfig } | { readonly help: true } | { readonly wrong: string };

/** Flags win over the environment; `wrong` says which of them is, in words for the terminal. */
export const readConfig = (args: readonly string[], env: Readonly<Record<string, string | undefined>>): Told => {
  try {
    const { values } = parseArgs({ args: [...args], options, strict: true });
    if (values.help) return { help: true };
    const config = LocalConfig.safeParse({
      port: values.port ?? env['KINODUCT_PORT'] ?? env['PORT'],
      dataFolder: values.data ?? env['KINODUCT_DATA'],
      concurrency: values.concurrency ?? env['KINODUCT_CONCURRENCY'],
      log: values.log ? 'stdout' : env['KINODUCT_LOG'],
    });
    return config.success ? { config: config.data } : { wrong: reasonOf(config.error) };
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
};
