/** Whether an account of AWS is there to deploy to, and is ready. */
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { regionOfCloudFront } from '#lib/agreement.ts';
import type { DeployConfig } from '#lib/config.ts';
import type { Problem } from './problem.ts';

export interface Account {
  readonly id: string;
  readonly region: string;
  /** Who deploys, as an ARN. */
  readonly caller: string;
}

/** Where nothing is said, the SDK finds it as the CDK and the AWS CLI do. */
export interface Place {
  readonly profile: string | undefined;
  readonly region: string | undefined;
}

type Client = { readonly profile?: string; readonly region?: string; readonly maxAttempts: number };

const clientOf = ({ profile, region }: Place): Client => ({
  ...(profile === undefined ? {} : { profile }),
  ...(region === undefined ? {} : { region }),
  maxAttempts: 2,
});

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : String(error));
const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const signIn = `Sign in with \`aws login\`, \`aws sso login --profile <name>\` or \`aws configure\`, or set AWS_PROFILE
(https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html).`;

/** The CDK would take us-east-1 without a word. */
const regionOf = async (place: Place): Promise<string | Problem> => {
  try {
    return await new STSClient(clientOf(place)).config.region();
  } catch {
    return {
      what: 'No region is set.',
      mend: 'Add --region eu-central-1, or set AWS_REGION, or run `aws configure set region eu-central-1`.',
    };
  }
};

const identityOf = async (place: Place): Promise<{ id: string; caller: string } | Problem> => {
  try {
    // Any region's answers alike: the question is who is asking.
    const client = new STSClient({ region: 'us-east-1', ...clientOf(place) });
    const { Account = '', Arn = '' } = await client.send(new GetCallerIdentityCommand());
    return { id: Account, caller: Arn };
  } catch (error) {
    return { what: `AWS does not know who you are: ${wordsOf(error)}`, mend: signIn };
  }
};

const bootstrapParameter = '/cdk-bootstrap/hnb659fds/version';

/** What the assets of the stacks need. */
const leastBootstrap = 8;

const bootstrapProblems = async (client: Client, id: string, region: string): Promise<readonly Problem[]> => {
  const mend = `Once for each account and region: npx cdk bootstrap aws://${id}/${region}`;
  try {
    const { Parameter } = await new SSMClient({ ...client, region }).send(
      new GetParameterCommand({ Name: bootstrapParameter }),
    );
    const version = Number(Parameter?.Value);
    return version >= leastBootstrap
      ? []
      : [{ what: `The bootstrap of ${id} in ${region} is too old: version ${version}.`, mend }];
  } catch (error) {
    // Who may only take the CDK's roles cannot look; the CDK itself will.
    return nameOf(error) === 'ParameterNotFound'
      ? [{ what: `The account ${id} is not prepared for the CDK in ${region}.`, mend }]
      : [];
  }
};

/** Of the account's concurrency this much must stay for functions that reserve nothing. */
const unreserved = (limit: number): number => (limit < 100 ? 10 : 100);

const concurrencyProblems = async (
  client: Client,
  config: DeployConfig,
): Promise<Pick<Checked, 'problems' | 'notes'>> => {
  const wanted = [config.runnerConcurrency, config.apiConcurrency, config.transferConcurrency];
  const reserved = wanted.reduce<number>((sum, each) => sum + (each ?? 0), 0);
  try {
    const { AccountLimit } = await new LambdaClient(client).send(new GetAccountSettingsCommand({}));
    const limit = AccountLimit?.ConcurrentExecutions ?? Infinity;
    if (reserved > 0 && reserved > limit - unreserved(limit))
      return {
        problems: [
          {
            what: `The account runs ${limit} functions at once, of which ${reserved} cannot be reserved.`,
            mend: 'Leave runnerConcurrency, apiConcurrency and transferConcurrency out or lower, or ask for more in Service Quotas.',
          },
        ],
        notes: [],
      };
    const isLess = config.runnerConcurrency === undefined && limit < config.accountConcurrency;
    const note = `The account runs ${limit} functions at once. --context accountConcurrency=${limit} makes plans reckon with that.`;
    return { problems: [], notes: isLess ? [note] : [] };
  } catch {
    return { problems: [], notes: [] }; // whoever may not look may still deploy
  }
};

export interface Checked {
  /** Undefined where AWS could not be asked. */
  readonly account: Account | undefined;
  readonly problems: readonly Problem[];
  /** What keeps nothing from being deployed. */
  readonly notes: readonly string[];
}

/** Asks STS, Systems Manager and Lambda. What cannot be asked before something else is mended is left out. */
export const checkAccount = async (config: DeployConfig, place: Place): Promise<Checked> => {
  const [region, identity] = await Promise.all([regionOf(place), identityOf(place)]);
  const problems = [region, identity].filter((found) => typeof found === 'object' && 'what' in found);
  if (typeof region !== 'string' || 'what' in identity) return { account: undefined, problems, notes: [] };
  const account = { ...identity, region };
  const client = { ...clientOf(place), region };
  const regions = new Set([region, ...(config.webFront && config.waf ? [regionOfCloudFront] : [])]);
  const [bootstrap, concurrency] = await Promise.all([
    Promise.all([...regions].map((each) => bootstrapProblems(client, account.id, each))),
    concurrencyProblems(client, config),
  ]);
  return { account, problems: [...bootstrap.flat(), ...concurrency.problems], notes: concurrency.notes };
};
