/** What was made, in words for who made it. */
import * as z from 'zod';
import type { Account } from './account.ts';

/** As `cdk deploy --outputs-file` writes them: by stack, then by name. */
export const Outputs = z.record(z.string(), z.record(z.string(), z.string()));
export type Outputs = z.output<typeof Outputs>;

/** Consoles of AWS by partition. https://docs.aws.amazon.com/general/latest/gr/rande.html */
const consoleHost = ({ caller, region }: Account): string => {
  const [, partition] = caller.split(':');
  if (partition === 'aws-cn') return 'console.amazonaws.cn';
  return partition === 'aws-us-gov' ? 'console.amazonaws-us-gov.com' : `${region}.console.aws.amazon.com`;
};

const dashboardLink = (account: Account, name: string): string =>
  `https://${consoleHost(account)}/cloudwatch/home?region=${account.region}#dashboards/dashboard/${name}`;

const firstUser = (
  { region }: Account,
  { UserPoolId: pool, SignInUrl: signIn, ApiUrl: api, ApiArn: arn }: Readonly<Record<string, string | undefined>>,
  adminEmail: string | undefined,
): readonly string[] => {
  if (pool === undefined)
    return [
      'Callers are principals of IAM that may execute-api:Invoke on',
      `  ${arn}`,
      'and sign what they send:',
      `  curl --aws-sigv4 "aws:amz:${region}:execute-api" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \\`,
      `    -H "x-amz-security-token: $AWS_SESSION_TOKEN" ${api}/v1/me`,
    ];
  const page = `The page to sign in: ${signIn}`;
  if (adminEmail !== undefined)
    return [`${adminEmail} is the first administrator; a mail with a password is on its way.`, page];
  const at = `--region ${region} --user-pool-id ${pool} --username you@example.com`;
  return [
    'Make the first administrator, who gets a mail with a password:',
    `  aws cognito-idp admin-create-user ${at} --desired-delivery-mediums EMAIL \\`,
    '    --user-attributes Name=email,Value=you@example.com Name=email_verified,Value=true',
    `  aws cognito-idp admin-add-user-to-group ${at} --group-name admin`,
    page,
  ];
};

/** Lines to print. References between stacks are nobody's business. */
export const deployedLines = (
  outputs: Outputs,
  { account, adminEmail }: { readonly account: Account; readonly adminEmail: string | undefined },
): readonly string[] => {
  const all: Readonly<Record<string, string>> = Object.assign({}, ...Object.values(outputs));
  const told = Object.entries(all).filter(([name]) => !name.startsWith('ExportsOutput') && name !== 'DashboardName');
  const longest = Math.max(...told.map(([name]) => name.length));
  return [
    ...told.map(([name, value]) => `  ${name.padEnd(longest)}  ${value}`),
    ...(all['DashboardName']
      ? [`  ${'Dashboard'.padEnd(longest)}  ${dashboardLink(account, all['DashboardName'])}`]
      : []),
    '',
    ...firstUser(account, all, adminEmail),
  ];
};
