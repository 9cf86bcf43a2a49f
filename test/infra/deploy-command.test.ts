/** `npm run deploy` and `npm run destroy`: what they look at before, and what they say. No account is needed. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { readCommand } from '#cli/deploy/options.ts';
import { deployedLines } from '#cli/deploy/report.ts';
import { deployUsage } from '#cli/deploy/usage.ts';
import { deployOptions } from '#lib/options.ts';
import { repository } from '#lib/repository.ts';
import { type Loopback, type Reply, type Seen, startLoopback } from '#test/support/loopback.ts';

const account = '123456789012';
const caller = `arn:aws:sts::${account}:assumed-role/deployer/ana`;

/** What is not as it should be in the account that answers. */
interface Account {
  readonly bootstrapped?: boolean;
  readonly known?: boolean;
  readonly concurrency?: number;
  readonly stacks?: readonly { readonly name: string; readonly isProtected: boolean }[];
}

const template = { Resources: { Media: { DeletionPolicy: 'Retain' }, Queue: {} } };

const xml = (action: string, inside: string): Reply => ({
  status: 200,
  headers: { 'content-type': 'text/xml' },
  body: `<${action}Response><${action}Result>${inside}</${action}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></${action}Response>`,
});

const resourceXml = (id: string, type: string, name: string): string =>
  `<member><LogicalResourceId>${id}</LogicalResourceId><PhysicalResourceId>${name}</PhysicalResourceId><ResourceType>${type}</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>`;

const cloudFormation = (form: URLSearchParams, stacks: NonNullable<Account['stacks']>): Reply => {
  const action = form.get('Action') ?? '';
  const name = form.get('StackName') ?? '';
  if (action === 'GetTemplate') return xml(action, `<TemplateBody>${JSON.stringify(template)}</TemplateBody>`);
  if (action === 'ListStackResources')
    return xml(
      action,
      `<StackResourceSummaries>${resourceXml('Media', 'AWS::S3::Bucket', `${name}-media`)}${resourceXml('Queue', 'AWS::SQS::Queue', `${name}-queue`)}</StackResourceSummaries>`,
    );
  const members = stacks.map(
    (stack) =>
      `<member><StackName>${stack.name}</StackName><StackStatus>CREATE_COMPLETE</StackStatus><CreationTime>2026-01-01T00:00:00Z</CreationTime><EnableTerminationProtection>${stack.isProtected}</EnableTerminationProtection></member>`,
  );
  return xml(action, `<Stacks>${members.join('')}</Stacks>`);
};

const aws =
  ({ bootstrapped = true, known = true, concurrency = 1000, stacks = [] }: Account) =>
  ({ headers, path, body }: Seen): Reply => {
    if (headers['x-amz-target'] === 'AmazonSSM.GetParameter')
      return bootstrapped
        ? { status: 200, body: { Parameter: { Name: 'version', Value: '31' } } }
        : { status: 400, body: { __type: 'ParameterNotFound' } };
    if (path.endsWith('/account-settings'))
      return { status: 200, body: { AccountLimit: { ConcurrentExecutions: concurrency } } };
    const form = new URLSearchParams(body.toString());
    if (form.get('Action') !== 'GetCallerIdentity') return cloudFormation(form, stacks);
    if (known) return xml('GetCallerIdentity', `<Arn>${caller}</Arn><Account>${account}</Account>`);
    const error =
      '<Error><Code>ExpiredToken</Code><Message>The security token included in the request is expired</Message></Error>';
    return { status: 403, headers: { 'content-type': 'text/xml' }, body: `<ErrorResponse>${error}</ErrorResponse>` };
  };

const command = async (
  name: 'deploy' | 'destroy',
  endpoint: string,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
) => {
  const env = {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_REGION: 'eu-central-1',
    CDK_DOCKER: '/bin/true',
    ...more,
  };
  const options = {
    cwd: repository(),
    env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')),
  };
  const ran = promisify(execFile)(process.execPath, [`cli/${name}.ts`, ...args], options);
  return ran.then(
    ({ stdout, stderr }) => ({ code: 0, text: `${stdout}${stderr}` }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
      code,
      text: `${stdout}${stderr}`,
    }), // true: execFile's errors carry them
  );
};

const withAccount = async <T>(described: Account, use: (endpoint: string) => Promise<T>): Promise<T> => {
  const loopback: Loopback = await startLoopback(aws(described));
  try {
    return await use(loopback.url);
  } finally {
    await loopback.close();
  }
};

describe('what deploying looks at', () => {
  /** Started together: each takes a second to load. */
  const runs = new Map<string, { code: number; text: string }>();
  const told = (name: string) => runs.get(name) ?? { code: -1, text: '' };

  beforeAll(async () => {
    const cases: readonly (readonly [string, Account, readonly string[], Record<string, string>?])[] = [
      ['ready', { concurrency: 50 }, ['--check', '-c', 'stage=qa']],
      [
        'nothing ready',
        { bootstrapped: false },
        ['-c', 'webFront=true', '-c', 'auth=cognito', '-c', 'runnerConcurrency=950'],
        { CDK_DOCKER: '/nonexistent/docker' },
      ],
      ['nobody', { known: false }, ['--check'], { AWS_REGION: '' }],
    ];
    for (const [name, described, args, env] of cases)
      runs.set(name, await withAccount(described, (endpoint) => command('deploy', endpoint, args, env)));
  });

  test('all is well: it says where to, and what to know', () => {
    expect(told('ready')).toMatchObject({ code: 0 });
    expect(told('ready').text).toContain(`Stage qa, account ${account}, region eu-central-1, as ${caller}`);
    expect(told('ready').text).toContain('--context accountConcurrency=50');
  });

  test('all that is missing is named at once, with what mends it', () => {
    const { code, text } = told('nothing ready');
    expect(code).toBe(1);
    expect(text).toContain(`npx cdk bootstrap aws://${account}/eu-central-1`);
    expect(text).toContain(`npx cdk bootstrap aws://${account}/us-east-1`);
    expect(text).toContain('There is no /nonexistent/docker');
    expect(text).toContain('of which 950 cannot be reserved');
    expect(text).toContain('Add --yes');
    expect(text).toMatch(/^Nothing was deployed:/);
  });

  test('credentials that AWS does not take, and a region that nobody named', () => {
    const { code, text } = told('nobody');
    expect(code).toBe(1);
    expect(text).toContain('AWS does not know who you are: The security token included in the request is expired');
    expect(text).toContain('aws sso login');
    expect(text).toContain('No region is set.');
  });
});

describe('destroying', () => {
  let text = '';
  let guarded = { code: 0, text: '' };
  beforeAll(async () => {
    const stacks = [
      { name: 'kinoduct-qa-storage', isProtected: false },
      { name: 'kinoduct-qa-b-storage', isProtected: false },
      { name: 'else', isProtected: false },
    ];
    text = (await withAccount({ stacks }, (url) => command('destroy', url, ['-c', 'stage=qa', '--check']))).text;
    const kept = [{ name: 'kinoduct-prod-data', isProtected: true }];
    guarded = await withAccount({ stacks: kept }, (url) => command('destroy', url, ['-c', 'stage=prod', '--yes']));
  });

  test('tells which stacks of the stage go, and what of them stays by its name', () => {
    expect(text).toContain('kinoduct-qa-storage\n');
    expect(text).toMatch(/stays.*\n {2}AWS::S3::Bucket {2}kinoduct-qa-storage-media/);
    expect(text).not.toMatch(/kinoduct-qa-storage-queue|kinoduct-qa-b|else/);
  });

  test('leaves a protected stage alone, and says how the protection is taken off', () => {
    expect(guarded.code).toBe(1);
    expect(guarded.text).toContain(
      '--no-enable-termination-protection --region eu-central-1 --stack-name kinoduct-prod-data',
    );
  });
});

describe('the command line', () => {
  const problems = (args: readonly string[], env = {}, settled = {}): string => {
    const told = readCommand(args, env, settled);
    return 'problems' in told ? told.problems.map(({ what, mend }) => `${what} ${mend}`).join('\n') : '';
  };

  test.each([
    [['-c', 'runnerMemory=4096'], /There is no option runnerMemory\. .*runnerMemoryMb/],
    [['-c', 'auth'], /--context auth has no value/],
    [['auth=cognito'], /What is auth=cognito\? Options are written --context name=value/],
    [['--stage', 'prod'], /Unknown option '--stage'/],
    [['-c', 'auth=none', '-c', 'apiRate=0'], /auth: [^]*apiRate: /],
    [['-c', 'webFront=true'], /webFront: needs auth=cognito/],
  ])('that is wrong is told so before anything runs: %j', (args, message) => {
    expect(problems(args)).toMatch(message);
  });

  test('that npm has taken for itself is told so', () => {
    expect(problems([], { npm_config_context: 'auth=cognito', npm_lifecycle_event: 'deploy' })).toContain(
      'npm run deploy -- --context',
    );
  });

  test('says the same as cdk.json, unless it says otherwise, and leaves settings of the CDK alone', () => {
    expect(problems(['-c', '@aws-cdk/core:x=1'], {}, { stage: 'A' })).toMatch(/stage: must be/);
    expect(problems(['-c', 'stage=a'], {}, { stage: 'A', '@aws-cdk/core:y': true })).toBe('');
  });

  test('hands on what stands behind --, and where to go', () => {
    const told = readCommand(['--profile', 'p', '--region', 'eu-west-1', '-y', '--', '--hotswap'], {}, {});
    expect(told).toMatchObject({
      command: { rest: ['--hotswap'], yes: true, env: { AWS_PROFILE: 'p', AWS_REGION: 'eu-west-1' } },
    });
  });

  test('explains every option, with what it is by default', () => {
    const usage = deployUsage();
    expect(deployOptions().length).toBeGreaterThan(40);
    for (const { name, description, values, default: value } of deployOptions()) {
      expect(description, name).toMatch(/^[A-Z].*\S\.$/);
      expect(values, name).not.toBe('');
      expect(usage).toMatch(new RegExp(`^ {2}${name}(=|$)`, 'm'));
      if (value !== '') expect(usage).toContain(`${name}=${value}`);
    }
    expect(usage.split('\n').filter((line) => line.length > 110)).toEqual([]);
  });
});

describe('what was made', () => {
  const place = { id: account, region: 'eu-central-1', caller };
  const outputs = {
    'kinoduct-dev-api': { ApiUrl: 'https://x.example.com', ApiArn: 'arn:aws:execute-api:x', ExportsOutputRefA: 'y' },
    'kinoduct-dev-observability': { DashboardName: 'kinoduct-dev-jobs' },
  };

  test('is told with the dashboard’s address and how IAM lets callers in', () => {
    const lines = deployedLines(outputs, { account: place, adminEmail: undefined }).join('\n');
    expect(lines).toContain('ApiUrl');
    expect(lines).not.toContain('ExportsOutput');
    expect(lines).toContain(
      'https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#dashboards/dashboard/kinoduct-dev-jobs',
    );
    expect(lines).toContain('curl --aws-sigv4 "aws:amz:eu-central-1:execute-api"');
  });

  test('tells how the first administrator comes in', () => {
    const users = { ...outputs, 'kinoduct-dev-identity': { UserPoolId: 'pool', SignInUrl: 'https://in.example.com' } };
    const lines = deployedLines(users, { account: place, adminEmail: undefined }).join('\n');
    expect(lines).toMatch(/admin-create-user --region eu-central-1 --user-pool-id pool/);
    expect(deployedLines(users, { account: place, adminEmail: 'ops@example.com' }).join('\n')).toContain(
      'ops@example.com is the first administrator',
    );
  });
});
