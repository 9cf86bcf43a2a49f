/** The console and the API behind one address, the firewall before them, a domain of one's own, and functions that are kept warm. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { App, Stack, Validations } from 'aws-cdk-lib';
import { Match, Template as Assertions } from 'aws-cdk-lib/assertions';
import { HttpApi, HttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { UserPool, UserPoolClient, UserPoolDomain } from 'aws-cdk-lib/aws-cognito';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configPath, type ConsoleConfig } from '#console/console-config.ts';
import { contentSecurityPolicy, securityHeaders } from '#console/policy.ts';
import { routes } from '#functions/api/routes/index.ts';
import { DeployConfig } from '#lib/config.ts';
import { apiDomain } from '#lib/constructs/api-domain.ts';
import { pagesWithFiles } from '#lib/pages.ts';
import { webStack } from '#lib/stacks/web-stack.ts';
import { type Part, type Synthesized, resourcesOf, synthesize } from '#test/support/synth.ts';

const certificateArn = 'arn:aws:acm:us-east-1:123456789012:certificate/0a1b';
const hostedZoneId = 'Z0123456789ABCDEFGHIJ';

let deployment: Synthesized;

beforeAll(async () => {
  deployment = await synthesize({
    ...{ auth: 'cognito', webFront: 'true', wafRate: '2000', apiWarm: '2', runnerWarm: '3' },
    ...{ domainName: 'video.example.com', certificateArn, hostedZoneId },
  });
});

afterAll(() => deployment.remove());

const only = (part: Part, type: string, name = ''): { readonly id: string } & Record<string, unknown> => {
  const [found, ...others] = resourcesOf(deployment.templates[part], type).filter(([id]) => id.startsWith(name));
  if (!found || others.length > 0) throw new Error(`not one ${type} ${name}`);
  return { id: found[0], ...found[1].Properties };
};

/** What CloudFormation makes of it, tokens as `<…>`. */
const readable = (value: unknown): string => {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[name, inside] = ['', '']] = Object.entries(value);
  if (name === 'Fn::Join') return (inside as [string, unknown[]])[1].map(readable).join(''); // true: so CloudFormation defines it
  if (name === 'Fn::GetStackOutput') return `<${(inside as { OutputName: string }).OutputName}>`; // true: likewise
  return `<${Array.isArray(inside) ? inside.join('.') : String(inside)}>`;
};

interface Behavior {
  readonly PathPattern: string;
  readonly AllowedMethods: readonly string[];
  readonly CachePolicyId: string;
  readonly OriginRequestPolicyId?: string;
  readonly ViewerProtocolPolicy: string;
  readonly TargetOriginId: string;
}
interface Origin {
  readonly Id: string;
  readonly DomainName: unknown;
  readonly OriginAccessControlId?: unknown;
}

const front = () =>
  only('web', 'AWS::CloudFront::Distribution')['DistributionConfig'] as Record<string, unknown> & {
    DefaultCacheBehavior: Behavior & { FunctionAssociations: unknown[] };
    CacheBehaviors: Behavior[];
    Origins: Origin[];
  }; // true: asserted by what is read of them

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html */
const cachingDisabled = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html */
const allViewerExceptHostHeader = 'b689b0a8-53d0-40ab-baf2-68738e2966ac';

describe('the front', () => {
  test('hands every route of the API but its first page on, whole, over TLS, and keeps no answer', () => {
    const behaviors = front().CacheBehaviors;
    const handedOn = (path: string): boolean =>
      behaviors.some(({ PathPattern }) =>
        PathPattern.endsWith('*') ? path.startsWith(PathPattern.slice(0, -1)) : path === PathPattern,
      );
    for (const { path } of routes) expect(handedOn(path), path).toBe(path !== '/');
    expect(handedOn('/console/config.json')).toBe(false);
    const api = front().Origins.find(({ Id }) => Id === behaviors[0]?.TargetOriginId);
    expect(readable(api?.DomainName)).toMatch(/^<PublishOutput\w+>\.execute-api\.<AWS::Region>\.<AWS::URLSuffix>$/);
    for (const behavior of behaviors)
      expect(behavior).toMatchObject({
        AllowedMethods: expect.arrayContaining(['GET', 'HEAD', 'PUT', 'POST', 'DELETE']),
        CachePolicyId: cachingDisabled,
        OriginRequestPolicyId: allViewerExceptHostHeader,
        ViewerProtocolPolicy: 'https-only',
        TargetOriginId: api?.Id,
      });
    const kept = [404, 414, 500, 501, 502, 503, 504];
    expect(front()['CustomErrorResponses']).toEqual(kept.map((ErrorCode) => ({ ErrorCode, ErrorCachingMinTTL: 0 })));
  });

  test('reads the console from a bucket that nobody else can, and logs who came', () => {
    const { DefaultCacheBehavior, Origins } = front();
    const origin = Origins.find(({ Id }) => Id === DefaultCacheBehavior.TargetOriginId);
    const bucket = only('web', 'AWS::S3::Bucket', 'Console');
    expect(origin).toMatchObject({
      DomainName: { 'Fn::GetAtt': [bucket.id, 'RegionalDomainName'] },
      OriginAccessControlId: expect.anything(),
    });
    expect(DefaultCacheBehavior).toMatchObject({ ViewerProtocolPolicy: 'redirect-to-https', Compress: true });
    expect(bucket['PublicAccessBlockConfiguration']).toMatchObject({ RestrictPublicBuckets: true });
    const policies = resourcesOf(deployment.templates.web, 'AWS::S3::BucketPolicy').map(([, { Properties }]) =>
      JSON.stringify(Properties),
    );
    const allowed = policies.find((policy) => policy.includes('cloudfront.amazonaws.com'));
    expect(allowed).toContain('"Action":"s3:GetObject","Condition":{"StringEquals":{"AWS:SourceArn"');
    expect(front()['Logging']).toMatchObject({ Prefix: 'front/', Bucket: expect.anything() });
  });

  test('sends the headers that the local server sends, and lets the page speak to the bucket and to who signs people in', () => {
    const { ResponseHeadersPolicyConfig: sent } = only('web', 'AWS::CloudFront::ResponseHeadersPolicy') as unknown as {
      ResponseHeadersPolicyConfig: {
        CustomHeadersConfig: { Items: { Header: string; Value: string }[] };
        SecurityHeadersConfig: { ContentSecurityPolicy: { ContentSecurityPolicy: unknown } } & Record<string, unknown>;
      };
    }; // true: CloudFormation's schema
    const policy = readable(sent.SecurityHeadersConfig.ContentSecurityPolicy.ContentSecurityPolicy);
    const [, bucket = ''] = /img-src 'self' (\S+) blob:/.exec(policy) ?? [];
    const [, login = ''] = /(https:\S+amazoncognito\.com);/.exec(policy) ?? [];
    expect(bucket).toMatch(/^https:\/\/<PublishOutputRefMedia\w+>\.s3\.<AWS::Region>\.<AWS::URLSuffix>$/);
    expect(policy).toBe(contentSecurityPolicy({ files: [bucket], services: [login] }));
    expect(sent.SecurityHeadersConfig).toMatchObject({
      ContentTypeOptions: { Override: true },
      ReferrerPolicy: { ReferrerPolicy: securityHeaders['referrer-policy'] },
      StrictTransportSecurity: { AccessControlMaxAgeSec: 31_536_000 },
    });
    const own = Object.fromEntries(sent.CustomHeadersConfig.Items.map(({ Header, Value }) => [Header, Value]));
    expect({ ...own, 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' }).toEqual(securityHeaders);
    for (const { ResponseHeadersPolicyId } of [front().DefaultCacheBehavior, ...front().CacheBehaviors] as unknown as {
      ResponseHeadersPolicyId: unknown;
    }[]) // true: it is theirs
      expect(ResponseHeadersPolicyId).toBeDefined();
  });

  test('answers to its own name with TLS 1.2 and HTTP/3, and its records lead there', () => {
    expect(front()).toMatchObject({
      Aliases: ['video.example.com'],
      DefaultRootObject: 'index.html',
      HttpVersion: 'http2and3',
      ViewerCertificate: {
        AcmCertificateArn: certificateArn,
        MinimumProtocolVersion: 'TLSv1.2_2021',
        SslSupportMethod: 'sni-only',
      },
    });
    const records = resourcesOf(deployment.templates.web, 'AWS::Route53::RecordSet').map(([, { Properties }]) => [
      Properties['Name'],
      Properties['Type'],
      Properties['HostedZoneId'],
    ]);
    expect(records).toEqual([
      ['video.example.com.', 'A', hostedZoneId],
      ['video.example.com.', 'AAAA', hostedZoneId],
    ]);
    expect(deployment.templates.web.Outputs?.['FrontUrl']).toMatchObject({ Value: 'https://video.example.com' });
  });

  test('leads whoever leaves the # out to the address behind it, and leaves files alone', () => {
    const code = String(only('web', 'AWS::CloudFront::Function')['FunctionCode']);
    const answer = (uri: string): unknown =>
      // oxlint-disable-next-line typescript/no-implied-eval -- it is what CloudFront runs
      new Function('event', `${code}; return handler(event);`)({ request: { uri } });
    expect(answer('/')).toEqual({ uri: '/' });
    expect(answer('/console/console-AB12.js')).toEqual({ uri: '/console/console-AB12.js' });
    expect(answer('/jobs/job_1')).toMatchObject({
      statusCode: 302,
      headers: { location: { value: '/#/jobs/job_1' } },
    });
    expect(answer('//evil.example')).toMatchObject({ uri: '//evil.example' });
    expect(answer('//evil')).toMatchObject({ headers: { location: { value: '/#//evil' } } });
    expect(front().DefaultCacheBehavior.FunctionAssociations).toMatchObject([{ EventType: 'viewer-request' }]);
  });

  test('has the page asked for anew each time, and what it loads never again', async () => {
    const copied = resourcesOf(deployment.templates.web, 'Custom::CDKBucketDeployment').map(
      ([, { Properties }]) => Properties,
    );
    expect(copied).toMatchObject([
      {
        DestinationBucketKeyPrefix: 'console',
        Prune: false,
        SystemMetadata: { 'cache-control': 'public, max-age=31536000, immutable' },
      },
      { Prune: false, SystemMetadata: { 'cache-control': 'no-cache' } },
    ]);
    const { SourceObjectKeys, SourceMarkers } = copied[1] as unknown as {
      SourceObjectKeys: readonly string[];
      SourceMarkers: readonly Readonly<Record<string, unknown>>[];
    }; // true: CDK's own
    const asset = (key = '', file = ''): Promise<string> =>
      readFile(join(deployment.outdir, `asset.${key.replace('.zip', '')}`, file), 'utf8');
    expect(await asset(SourceObjectKeys[0], 'index.html')).toMatch(/src="console\/console-\w+\.js"/);
    const text = Object.entries(SourceMarkers[1] ?? {}).reduce(
      (whole, [marker, value]) => whole.replaceAll(marker, readable(value)),
      await asset(SourceObjectKeys[1], configPath),
    );
    const told = JSON.parse(text) as ConsoleConfig; // true: what is asserted here
    expect(told).toEqual({
      local: false,
      managedLogin: {
        url: expect.stringMatching(/^https:\/\/<PublishOutputRefSignIn\w+>\.auth\.<AWS::Region>\.amazoncognito\.com$/),
        clientId: expect.stringMatching(/^<PublishOutputRefAppClient\w+>$/),
        scopes: ['openid', 'email', 'profile', 'aws.cognito.signin.user.admin'],
        origins: ['https://video.example.com'],
        page: expect.stringMatching(/\/login\?client_id=.*redirect_uri=https:\/\/video\.example\.com\//),
      },
    });
    const client = only('api', 'AWS::Cognito::UserPoolClient');
    expect(client['AllowedOAuthScopes']).toEqual(told.managedLogin?.scopes);
    expect([client['CallbackURLs'], client['LogoutURLs']]).toEqual([
      ['https://video.example.com/'],
      ['https://video.example.com/'],
    ]);
  });

  test('needs no leave of the API, and browsers let its pages send files to the bucket', () => {
    expect(only('api', 'AWS::ApiGatewayV2::Api')['CorsConfiguration']).toBeUndefined();
    expect(only('storage', 'AWS::S3::Bucket', 'Media')['CorsConfiguration']).toMatchObject({
      CorsRules: [{ AllowedOrigins: ['https://video.example.com'], AllowedMethods: ['GET', 'HEAD', 'PUT'] }],
    });
    const known = { allowedOrigins: ['https://a.example'], webFront: true, domainName: undefined };
    expect(pagesWithFiles(known)).toEqual(['https://a.example', 'https://*.cloudfront.net']);
    expect(pagesWithFiles({ ...known, webFront: false })).toEqual(['https://a.example']);
  });
});

describe('the firewall', () => {
  test('is in the region of CloudFront, which nothing else names', async () => {
    const manifest = JSON.parse(await readFile(join(deployment.outdir, 'manifest.json'), 'utf8')) as {
      artifacts: Record<string, { environment?: string }>;
    }; // true: CDK wrote it
    const environments = Object.entries(manifest.artifacts).flatMap(([name, { environment }]) =>
      environment && !name.endsWith('.assets') && name !== 'Tree' ? [[name, environment]] : [],
    );
    expect(environments.filter(([, place]) => !place?.includes('unknown-region'))).toEqual([
      ['kinoduct-dev-web-acl', 'aws://unknown-account/us-east-1'],
    ]);
    expect(front()['WebACLId']).toEqual({
      'Fn::GetStackOutput': { StackName: 'kinoduct-dev-web-acl', OutputName: 'WebAclArn', Region: 'us-east-1' },
    });
    expect(deployment.templates['web-acl'].Outputs?.['WebAclArn']).toBeDefined();
  });

  test('limits requests by address, has the rules of AWS, and lets jobs through', () => {
    const acl = only('web-acl', 'AWS::WAFv2::WebACL');
    expect(acl).toMatchObject({ Scope: 'CLOUDFRONT', DefaultAction: { Allow: {} } });
    const rules = acl['Rules'] as { Name: string; Priority: number; Statement: Record<string, unknown> }[]; // true: its schema
    expect(rules.map(({ Name, Priority }) => [Name, Priority])).toEqual([
      ['Rate', 0],
      ['AWSManagedRulesAmazonIpReputationList', 1],
      ['AWSManagedRulesCommonRuleSet', 2],
      ['AWSManagedRulesKnownBadInputsRuleSet', 3],
    ]);
    expect(rules[0]).toMatchObject({
      Action: { Block: {} },
      Statement: { RateBasedStatement: { Limit: 2000, AggregateKeyType: 'IP' } },
    });
    // A job may be longer than 8 kB, and names addresses.
    const counted = JSON.stringify(rules[2]?.Statement);
    for (const rule of ['SizeRestrictions_BODY', 'GenericRFI_BODY']) expect(counted).toContain(`"Name":"${rule}"`);
  });
});

describe('functions that are kept warm', () => {
  const alias = (part: Part) => only(part, 'AWS::Lambda::Alias');

  test('are so many, of the newest version', () => {
    for (const [part, count] of [
      ['api', 2],
      ['processing', 3],
    ] as const)
      expect(alias(part)).toMatchObject({
        Name: 'warm',
        FunctionVersion: { 'Fn::GetAtt': [only(part, 'AWS::Lambda::Version').id, 'Version'] },
        ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: count },
      });
  });

  test('are those that everybody calls: API Gateway, the state machine, and the API', () => {
    expect(only('api', 'AWS::ApiGatewayV2::Integration')['IntegrationUri']).toEqual({ Ref: alias('api').id });
    expect(only('api', 'AWS::Lambda::Permission')['FunctionName']).toEqual({ Ref: alias('api').id });
    const machine = only('processing', 'AWS::StepFunctions::StateMachine');
    expect(machine['DefinitionSubstitutions']).toMatchObject({ RunnerFunction: { Ref: alias('processing').id } });
    const granted = (part: Part, role: string): string[] =>
      resourcesOf(deployment.templates[part], 'AWS::IAM::Policy')
        .filter(([id]) => id.startsWith(role))
        .flatMap(
          ([, { Properties }]) => (Properties['PolicyDocument'] as { Statement: Record<string, unknown>[] }).Statement,
        ) // true: policies have statements
        .filter(({ Action }) => Action === 'lambda:InvokeFunction')
        .flatMap(({ Resource }) => (Array.isArray(Resource) ? Resource : [Resource]).map(readable));
    expect(granted('processing', 'ProcessJobRole').filter((resource) => /Runner/.test(resource))).toEqual([
      `<${alias('processing').id}>`,
    ]);
    const [called, ...others] = granted('api', 'ApiRole');
    expect(called).toMatch(/^<kinoduct-dev-processing:\w+Runner\w+Arn\w+>:warm$/);
    expect(others).toEqual([]);
    const { Variables } = only('api', 'AWS::Lambda::Function', 'Api')['Environment'] as {
      Variables: Record<string, unknown>;
    }; // true: it has some
    expect(readable(Variables['RUNNER_FUNCTION'])).toMatch(/^<kinoduct-dev-processing:\w+Runner\w+>:warm$/);
  });

  test('are counted with their function by every alarm', () => {
    const named = JSON.stringify(resourcesOf(deployment.templates.observability, 'AWS::CloudWatch::Alarm'));
    expect(named).toContain('"FunctionName"');
    expect(named).not.toMatch(/"Resource"|"ExecutedVersion"/); // dimensions of single aliases and versions
  });
});

const checked = (app: App): void => {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
};
const strict = { '@aws-cdk/core:failSynthOnValidationErrors': true };

test('a front without a name and without a firewall is found fault with by nobody either', () => {
  const app = new App({ context: strict });
  const stack = new Stack(app, 'others');
  const userPool = UserPool.fromUserPoolId(stack, 'users', 'eu-west-1_x');
  const parts = {
    api: new HttpApi(stack, 'api', { createDefaultStage: false }),
    media: Bucket.fromBucketName(stack, 'media', 'media'),
    accounts: {
      userPool: userPool as UserPool, // true: as far as the front looks
      domain: new UserPoolDomain(stack, 'domain', { userPool, cognitoDomain: { domainPrefix: 'x' } }),
    },
    client: new UserPoolClient(stack, 'client', { userPool }),
  };
  const config = DeployConfig.parse({ auth: 'cognito', webFront: true, waf: false });
  webStack(app, config, { ...parts, webAcl: undefined });
  checked(app);
  app.synth();
  const web = app.node.findChild('kinoduct-dev-web') as Stack; // true: it makes that
  const template = Assertions.fromStack(web);
  template.hasResourceProperties('AWS::CloudFront::Distribution', {
    DistributionConfig: { WebACLId: Match.absent(), ViewerCertificate: Match.absent(), Aliases: Match.absent() },
  });
  template.resourceCountIs('AWS::Route53::RecordSet', 0);
  template.hasOutput('FrontUrl', { Value: Match.objectLike({ 'Fn::Join': Match.anyValue() }) });
});

test('without a front the domain is the API’s', () => {
  const arn = certificateArn.replace('us-east-1', 'eu-west-1');
  const given = { domainName: 'api.example.com', certificateArn: arn, hostedZoneId };
  const app = new App({ context: strict });
  const stack = new Stack(app, 'api');
  const api = new HttpApi(stack, 'api', { createDefaultStage: false });
  const stage = new HttpStage(stack, 'stage', { httpApi: api, stageName: '$default' });
  apiDomain(stack, DeployConfig.parse(given), { api, stage });
  const template = Assertions.fromStack(stack);
  template.hasResourceProperties('AWS::ApiGatewayV2::DomainName', {
    DomainName: 'api.example.com',
    DomainNameConfigurations: [{ CertificateArn: arn, EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2' }],
  });
  template.hasResourceProperties('AWS::ApiGatewayV2::ApiMapping', {
    Stage: '$default',
    ApiId: { Ref: Match.stringLikeRegexp('api') },
  });
  for (const Type of ['A', 'AAAA'])
    template.hasResourceProperties('AWS::Route53::RecordSet', { Type, Name: 'api.example.com.' });
  template.hasOutput('DomainTarget', {});
});
