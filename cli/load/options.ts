/** What the load test can be told. */
import { parseArgs } from 'node:util';
import * as z from 'zod';

export const usage = `Puts load on a running Kinoduct and tells how it answered.

  npm run loadtest                             50 jobs, five at a time, of clips of 10 MB
  npm run loadtest -- --users 50 --seconds 60  people who upload, look and wait, five more each second
  npm run loadtest -- --users 20 --burst       people who all come at once and do not wait

  --api-url <url>     where it answers; the server of the data folder where it is left out
  --token <file>      a file with the token, in place of the data folder's own (or KINODUCT_TOKEN)
  --data <folder>     the data folder of the server on this machine (KINODUCT_DATA; .kinoduct)
  --jobs <n>          how many jobs (50)
  --concurrent <n>    how many of them at a time (5)
  --video-size <MB>   how large each clip is (10)
  --users <n>         people in place of jobs
  --spawn-rate <n>    how many of them come each second (5)
  --seconds <n>       how long they stay (60)
  --burst             they all come at once, and wait for nothing
  --monitor           shows the state of the queue once a second
  --help              this text

Every clip differs from every other one, so nothing is reused. The exit code is 1 where a request or a job failed.
`;

const flags = {
  'api-url': { type: 'string' },
  token: { type: 'string' },
  data: { type: 'string' },
  jobs: { type: 'string', default: '50' },
  concurrent: { type: 'string', default: '5' },
  'video-size': { type: 'string', default: '10' },
  users: { type: 'string' },
  'spawn-rate': { type: 'string', default: '5' },
  seconds: { type: 'string', default: '60' },
  burst: { type: 'boolean', default: false },
  monitor: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h' },
} as const;

const count = (most: number) => z.coerce.number().int().min(1).max(most);

const Options = z.object({
  'api-url': z.url().optional(),
  token: z.string().optional(),
  data: z.string().optional(),
  jobs: count(10_000),
  concurrent: count(1000),
  'video-size': z.coerce.number().min(0.1).max(2000),
  users: count(1000).optional(),
  'spawn-rate': z.coerce.number().positive().max(1000),
  seconds: count(86_400),
  burst: z.boolean(),
  monitor: z.boolean(),
});
export type LoadOptions = z.output<typeof Options>;

export const readLoadOptions = (
  args: readonly string[],
): { readonly options: LoadOptions } | { readonly help: true } | { readonly wrong: string } => {
  try {
    const { values } = parseArgs({ args: [...args], options: flags, strict: true });
    if (values.help) return { help: true };
    const parsed = Options.safeParse(values);
    if (parsed.success) return { options: parsed.data };
    const [issue] = parsed.error.issues;
    return { wrong: `--${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is wrong'}` };
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
};
