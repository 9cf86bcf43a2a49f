/** Everything that a deployment can be told, as CDK context: `npx cdk deploy -c stage=prod`, or `context` in cdk.json. */
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Node } from 'constructs';
import * as z from 'zod';
import { Owner } from '#core/job/ids.ts';
import { SpeechProvider } from '#core/job/inputs.ts';
import { fargateSizes } from '#core/planner/capacity.ts';
import { PricesText } from '#core/usecases/billing.ts';
import { Limits } from '#core/usecases/limits.ts';
import { Quotas } from '#core/usecases/quotas.ts';
import { Architecture } from '#layers/ffmpeg/builds.ts';
import { disagreements } from './agreement.ts';

/** Context from the command line is text, from cdk.json it is JSON. */
const whole = (least: number, most: number) => z.coerce.number<string | number>().int().min(least).max(most);

/** Aurora has capacities in halves. */
const capacity = (least: number) => z.coerce.number<string | number>().min(least).max(256).multipleOf(0.5);

/** On the command line it is a text. */
const yesOrNo = z.preprocess((value) => (value === 'false' ? false : value === 'true' ? true : value), z.boolean());

const list = <Item extends z.ZodType<string>>(item: Item) =>
  z.preprocess(
    (value) => (typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value),
    z.array(item),
  );

const Origin = z
  .string()
  .refine(
    (origin) => URL.canParse(origin) && new URL(origin).origin === origin && /^https?:/.test(origin),
    'must be an origin such as https://video.example.com, without a path and without *',
  );

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BucketName = z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket');
const HostAndPort = z.string().regex(/^[^/?#@\\:,\s]+:\d{1,5}$/, 'must be host:port');

const DomainName = z
  .string()
  .regex(
    /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/,
    'must be the name of a host such as video.example.com',
  );
const CertificateArn = z
  .string()
  .regex(/^arn:aws[\w-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/, 'must be the ARN of a certificate');

const retentions = Object.values(RetentionDays).filter((days) => typeof days === 'number');

/**
 * Each option's description is its one text: `npm run deploy -- --help` and the documents show it. It says what follows from
 * the option, and stands last, because zod ties it to the schema that it is called on. Limits and quotas describe themselves.
 */
const Options = z.strictObject({
  stage: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,15}$/, 'must be 1 to 16 of a-z, 0-9 and -, and begin with a letter')
    .default('dev')
    .describe(
      'Part of every stack’s name, so that several stages live in one account. `dev` is the one that may be torn down; others are protected from it.',
    ),
  auth: z
    .enum(['iam', 'cognito'])
    .default('iam')
    .describe(
      'Who may call the API. `iam`: principals of IAM, who sign their requests. `cognito`: people with an account in a user pool, made by administrators, with pages to sign in, and tokens for passwords. Owners have other names in each, so a later change hides what was made before.',
    ),
  adminEmail: z
    .email()
    .optional()
    .describe(
      'Of `auth=cognito`: who is invited as the first administrator. Without it add one by hand (docs/auth.md).',
    ),
  signInDomain: z
    .string()
    .regex(
      /^(?!.*(aws|amazon|cognito))[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
      'must be the first part of a domain name, without aws, amazon and cognito',
    )
    .optional()
    .describe(
      'Of `auth=cognito`: what the address of the sign-in page begins with, unique in its region. One is made up by default.',
    ),
  database: z
    .enum(['dynamodb', 'postgres'])
    .default('dynamodb')
    .describe(
      'Where jobs and all else but media lie. `dynamodb`: a table that costs by use. `postgres`: Aurora, with a network whose parts cost by the hour (docs/database.md). Jobs are not carried over when it changes.',
    ),
  databaseMinCapacity: capacity(0.5)
    .default(0.5)
    .describe('Of `database=postgres`, in Aurora’s units of 2 GB of memory: what it costs while nothing happens.'),
  databaseMaxCapacity: capacity(1)
    .default(4)
    .describe('Of `database=postgres`: the most that it grows to. How many connections there may be follows from it.'),
  vpcCidr: z
    .cidrv4()
    .refine((block) => block.endsWith('/16'), 'must be a block of /16')
    .default('10.71.0.0/16')
    .describe(
      'Of `database=postgres` and of `fargate`: the addresses of the network, which must not overlap with those of networks it is to be joined with.',
    ),
  allowedOrigins: list(Origin)
    .default([])
    .describe('Web pages that may call the API and send uploads, as origins; browsers are refused on all others.'),
  webFront: yesOrNo
    .default(false)
    .describe(
      'The console on CloudFront, with the API behind the same address (docs/web-front.md). Needs `auth=cognito`, and us-east-1 bootstrapped as well where `waf` is on.',
    ),
  waf: yesOrNo
    .default(true)
    .describe(
      'Of `webFront`: a firewall before it, with rules of AWS and a limit on requests. It costs about $9 a month and $0.60 for a million requests. Turned off later, its stack is left to be deleted by hand.',
    ),
  wafRate: whole(10, 2_000_000_000)
    .default(5000)
    .describe('Of `waf`: how many requests one address may send in five minutes; those above are answered 403.'),
  domainName: DomainName.optional().describe(
    'A name of yours for the front, or for the API where there is no front. Without it AWS makes one up.',
  ),
  certificateArn: CertificateArn.optional().describe(
    'Of `domainName`: its certificate in ACM. For the front it must be of us-east-1, for the API of the deployment’s own region.',
  ),
  hostedZoneId: z
    .string()
    .regex(/^Z[A-Z0-9]{1,31}$/, 'must be the id of a hosted zone, as Z0123456789ABCDEFGHIJ')
    .optional()
    .describe(
      'Of `domainName`: the hosted zone in Route 53 that gets its records. Without it make them yourself: the output `DomainTarget` is where they lead.',
    ),
  alarmEmail: z
    .email()
    .optional()
    .describe(
      'Where alarms go, once the mail that asks for it is confirmed; without it they are only shown in CloudWatch.',
    ),
  alarmJobsPerHour: whole(1, 1_000_000)
    .default(1000)
    .describe('More accepted jobs than this within an hour ring an alarm: something may be feeding itself.'),
  alarmUsdPerHour: z.coerce
    .number<string | number>()
    .positive()
    .default(10)
    .describe('So does a higher cost of the jobs that ended within an hour, in US dollars.'),

  runnerArchitecture: Architecture.default('x86_64').describe(
    'What FFmpeg runs on. `arm64` costs a fifth less an hour; its image is built under emulation where the deploying machine is no ARM.',
  ),
  runnerMemoryMb: whole(1024, 10_240)
    .default(3008)
    .describe(
      'Memory of a runner, and with it its processors: 1769 MB are one vCPU. New accounts get 3008 MB at most, which is why it is the default.',
    ),
  runnerStorageMb: whole(512, 10_240)
    .default(10_240)
    .describe('Scratch space of a runner: input and outputs of a task lie there together.'),
  runnerConcurrency: whole(1, 10_000)
    .optional()
    .describe(
      'Runners at the same time. Reserved from the account’s concurrency, of which new accounts have only ten; without it they share what the account has.',
    ),
  apiConcurrency: whole(1, 10_000).optional().describe('Parallel API functions, reserved likewise.'),
  runnerWarm: whole(0, 10_000)
    .default(0)
    .describe(
      'Runners that are kept started, so that the first tasks of a job need not wait for one. Each costs by the hour, whether it works or not (docs/costs.md), and counts to the account’s concurrency.',
    ),
  apiWarm: whole(0, 10_000)
    .default(0)
    .describe('API functions that are kept started likewise: no request waits for a start, up to so many at once.'),

  fargate: yesOrNo
    .default(false)
    .describe(
      'Containers for tasks that functions are too small for, or that cost less there (docs/fargate.md): the plan decides for each. Costs nothing while none runs; with `database=postgres` its endpoints cost about $44 a month.',
    ),
  fargateSpot: yesOrNo
    .default(true)
    .describe(
      'Of `fargate`: containers run on spare capacity, which costs about 70 % less, and on demand where there is none or it is taken away.',
    ),
  fargateVcpus: z.coerce
    .number<string | number>()
    .pipe(z.literal(fargateSizes.map(({ vcpus }) => vcpus)))
    .default(4)
    .describe('Of `fargate`: the largest container, in vCPUs.'),
  fargateConcurrency: whole(1, 100_000)
    .default(6)
    .describe(
      'Of `fargate`: vCPUs of all containers that run at once. It is the quota of your account, which is 6 in new ones; a job gets its `concurrencyShare` of it, and waits for the rest.',
    ),

  sourceBuckets: list(BucketName).default([]).describe('Buckets of yours that jobs may read with `s3://`.'),
  deliveryBuckets: list(BucketName).default([]).describe('Buckets of yours that jobs may deliver to.'),
  privateHosts: list(HostAndPort)
    .default([])
    .describe(
      'Servers that have no public address, as `host:port`, which jobs may all the same read from and deliver to, by http too. The transfer function must be able to reach them.',
    ),
  speechProvider: SpeechProvider.default('polly').describe(
    'Who speaks in jobs that do not say: Polly, ElevenLabs (its key is the secret `kinoduct/<stage>/elevenlabs`), or FFmpeg’s flite.',
  ),
  contentAnalysis: yesOrNo
    .default(false)
    .describe(
      'Outputs that tell what is seen and said: `labels`, `moderation` and `transcript`, by Rekognition and Transcribe, which cost by the picture and by the second (docs/content-analysis.md).',
    ),
  transferStorageMb: whole(512, 10_240)
    .default(10_240)
    .describe('Scratch space of an import or a delivery: the whole file lies there.'),
  transferConcurrency: whole(1, 10_000)
    .optional()
    .describe('Imports and deliveries at the same time, reserved from the account’s concurrency.'),

  drop: yesOrNo
    .default(true)
    .describe('A bucket whose `inbox/` is watched: a file that is put there becomes a job. `false` leaves it out.'),
  dropOwner: Owner.default('drop').describe(
    'Whose jobs those are: an owner as the API maps principals to it, who then sees them.',
  ),

  apiRate: whole(1, 10_000)
    .default(50)
    .describe('Requests per second that the API takes; those above are answered 429.'),
  apiBurst: whole(1, 5_000).default(100).describe('How many at once above that.'),

  uploadRetentionDays: whole(1, 3_650)
    .default(7)
    .describe('Uploads are removed after this; a retry of a job needs them.'),
  logRetentionDays: z.coerce
    .number<string | number>()
    .pipe(z.enum(RetentionDays, { error: `must be one of ${retentions.join(', ')}` }))
    .default(RetentionDays.ONE_MONTH)
    .describe('How long logs are kept.'),

  ...Limits.shape,
  ...Quotas.shape,
  prices: z
    .preprocess((value) => (typeof value === 'object' ? JSON.stringify(value) : value), PricesText)
    .describe('Prices of yours instead of those of the table (docs/costs.md), as an object or as JSON.'),
  accountConcurrency: whole(10, 1_000_000)
    .default(1000)
    .describe(
      'Functions that your account may run at once: 1000 in most, 10 in new ones. Only where `runnerConcurrency` is not set.',
    ),
  concurrencyShare: z.coerce
    .number<string | number>()
    .positive()
    .max(1)
    .default(0.5)
    .describe('How much of the runners one job may take.'),
});

export const DeployConfig = Options.superRefine((options, context) => {
  for (const { option, message } of disagreements(options))
    context.addIssue({ code: 'custom', path: [option], message });
});
export type DeployConfig = z.output<typeof DeployConfig>;

/** What is wrong with options, a line each: `name: what it must be`. Empty where they can be deployed. */
export const optionProblems = (options: Readonly<Record<string, unknown>>): readonly string[] =>
  DeployConfig.safeParse(options).error?.issues.map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  ) ?? [];

/** Reads and checks the context. Fails with a message that names each wrong option and what it must be. */
export const deployConfig = (node: Node): DeployConfig => {
  const names = Object.keys(DeployConfig.shape);
  const given = Object.fromEntries(
    names.map((name) => [name, node.tryGetContext(name)]).filter(([, value]) => value !== undefined),
  );
  const problems = optionProblems(given).map((problem) => `  - ${problem}`);
  if (problems.length > 0) throw new Error(['The deployment cannot be configured like this:', ...problems].join('\n'));
  return DeployConfig.parse(given);
};

/** Stages other than `dev` refuse to be deleted. Data is kept when a stack is deleted, whatever the stage. */
export const isProtected = ({ stage }: DeployConfig): boolean => stage !== 'dev';

/** What the names of all secrets of a stage begin with. Its functions can read no others. */
export const secretsPrefix = ({ stage }: DeployConfig): string => `kinoduct/${stage}/`;

export const stackName = ({ stage }: DeployConfig, part: string): string => `kinoduct-${stage}-${part}`;
