/** What `npm run deploy` and `npm run destroy` can be told. */
import { parseArgs } from 'node:util';
import { optionProblems } from '#lib/config.ts';
import { deployOptions } from '#lib/options.ts';
import type { Problem } from './problem.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface DeployCommand {
  /** Of the command line: `name=value` pairs, in the CDK's words context. */
  readonly context: Readonly<Record<string, string>>;
  /** Nobody is asked. */
  readonly yes: boolean;
  /** Look whether it could be done, and stop there. */
  readonly checkOnly: boolean;
  /** Of the environment of the CDK and of the AWS SDK. */
  readonly env: Readonly<Record<string, string>>;
  /** For the CDK, as they are. */
  readonly rest: readonly string[];
}

export type Told =
  | { readonly help: true }
  | { readonly problems: readonly Problem[] }
  | { readonly command: DeployCommand };

const flags = {
  context: { type: 'string', short: 'c', multiple: true },
  profile: { type: 'string' },
  region: { type: 'string' },
  yes: { type: 'boolean', short: 'y' },
  check: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

const seeHelp = 'See --help.';

/** Settings of the CDK itself and of its libraries, which are no options of ours. */
const isOfTheCdk = (name: string): boolean => /[@:/]/.test(name);

const namesLike = (name: string): readonly string[] =>
  deployOptions()
    .map((option) => option.name)
    .filter((known) => known.toLowerCase().startsWith(name.toLowerCase().slice(0, 4)));

/** The CDK takes no notice of a name that nobody asks for: a typo would deploy the default. */
const unknownOptions = (context: Readonly<Record<string, string>>): readonly Problem[] => {
  const known = new Set(deployOptions().map(({ name }) => name));
  return Object.keys(context)
    .filter((name) => !known.has(name) && !isOfTheCdk(name))
    .map((name) => {
      const like = namesLike(name);
      return {
        what: `There is no option ${name}.`,
        mend: like.length > 0 ? `Is one of these meant: ${like.join(', ')}?` : `${seeHelp} lists all of them.`,
      };
    });
};

const readPairs = (pairs: readonly string[]) => {
  const split = pairs.map((pair) => /^([^=]+)=([^]*)$/.exec(pair));
  const problems = pairs
    .filter((_, n) => !split[n])
    .map((pair) => ({ what: `--context ${pair} has no value.`, mend: 'Write --context name=value.' }));
  return {
    problems,
    context: Object.fromEntries(split.flatMap((match) => (match ? [[match[1] ?? '', match[2] ?? '']] : []))),
  };
};

/** Those of a context that are ours. */
export const optionsOf = (context: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const known = new Set(deployOptions().map(({ name }) => name));
  return Object.fromEntries(Object.entries(context).filter(([name]) => known.has(name)));
};

/** `npm run deploy --context a=b`, without `--` in front, reaches npm and not us: the default would be deployed. */
const takenByNpm = (env: Env): readonly Problem[] =>
  ['context', 'profile', 'region', 'check']
    .filter((name) => env[`npm_config_${name}`] !== undefined)
    .map((name) => ({
      what: `npm took --${name} for itself.`,
      mend: `Put -- in front of it: npm run ${env['npm_lifecycle_event'] ?? 'deploy'} -- --${name} …`,
    }));

/** `settled` is the context that cdk.json has. All that is wrong is told at once. */
export const readCommand = (args: readonly string[], env: Env, settled: Readonly<Record<string, unknown>>): Told => {
  try {
    const afterwards = args.indexOf('--');
    const own = afterwards < 0 ? args : args.slice(0, afterwards);
    const { values, positionals } = parseArgs({ args: [...own], options: flags, strict: true, allowPositionals: true });
    if (values.help) return { help: true };
    const { problems: pairless, context } = readPairs(values.context ?? []);
    const problems = [
      ...takenByNpm(env),
      ...positionals.map((word) => ({
        what: `What is ${word}?`,
        mend: `Options are written --context name=value. ${seeHelp}`,
      })),
      ...pairless,
      ...unknownOptions(context),
      ...optionProblems(optionsOf({ ...settled, ...context })).map((what) => ({ what, mend: seeHelp })),
    ];
    if (problems.length > 0) return { problems };
    return {
      command: {
        context,
        yes: values.yes ?? false,
        checkOnly: values.check ?? false,
        env: {
          ...(values.profile === undefined ? {} : { AWS_PROFILE: values.profile }),
          ...(values.region === undefined ? {} : { AWS_REGION: values.region, AWS_DEFAULT_REGION: values.region }),
        },
        rest: afterwards < 0 ? [] : args.slice(afterwards + 1),
      },
    };
  } catch (error) {
    return { problems: [{ what: error instanceof Error ? error.message : String(error), mend: seeHelp }] };
  }
};

/** As arguments of the CDK. */
export const contextArguments = (context: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(context).flatMap(([name, value]) => ['--context', `${name}=${value}`]);
