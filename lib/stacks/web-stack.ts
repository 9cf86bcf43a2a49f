import { type App, CfnOutput, CrossStackReferences, Duration, ReferenceStrength, Stack } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  OriginRequestPolicy,
  ResponseHeadersPolicy,
  S3OriginAccessControl,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import type { UserPoolClient } from 'aws-cdk-lib/aws-cognito';
import { CloudFrontTarget } from 'aws-cdk-lib/aws-route53-targets';
import { Bucket, type IBucket, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { ManagedLogin } from '#console/console-config.ts';
import { contentSecurityPolicy, securityHeaders } from '#console/policy.ts';
import { routes } from '#functions/api/routes/index.ts';
import { type DeployConfig, isProtected, stackName } from '../config.ts';
import { accept } from '../constructs/accept.ts';
import { signInScopes } from '../constructs/app-client.ts';
import { consoleFiles, page } from '../constructs/console-files.ts';
import { leadDomain } from '../constructs/dns.ts';
import { toAddress } from '../constructs/front-address.ts';
import { ownOrigin, pagesToSignIn } from '../pages.ts';
import type { Accounts } from './identity-stack.ts';
import { abandonedParts, locked } from './storage-stack.ts';
import type { WebAcl } from './web-acl-stack.ts';

interface Needs {
  readonly api: HttpApi;
  readonly media: IBucket;
  readonly accounts: Accounts;
  readonly client: UserPoolClient;
  /** Undefined where the deployment wants none. */
  readonly webAcl: WebAcl | undefined;
}

/** What of the front is the API's; all else is the console's, `/` too. */
const apiPaths: ReadonlySet<string> = new Set(
  routes
    .map(({ path }) => path)
    .filter((path) => path !== '/')
    .map((path) => (path.startsWith('/v1/') ? '/v1/*' : path)),
);

/** CloudFront would keep those for ten seconds, for everybody, whatever the API says of them. */
const errorsThatAreKept = [404, 414, 500, 501, 502, 503, 504];

/** What belongs to CloudFront is named in the whole account, where the same stage may be in several regions. */
const globalName = (stack: Stack, what: string): string => `${stack.stackName}-${what}-${stack.region}`;

/** CloudFront writes its log by means of access control lists, which every other bucket of ours has turned off. */
const logBucket = (stack: Stack): Bucket => {
  const logs = new Bucket(stack, 'Logs', {
    ...locked,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_PREFERRED,
    lifecycleRules: [abandonedParts, { id: 'old', expiration: Duration.days(90) }],
  });
  accept(logs, { 'CloudFormation-Validate::BUCKETS_HAVE_NO_ACLS': 'CloudFront delivers its log by means of them.' });
  return logs;
};

const consoleBucket = (stack: Stack, logs: IBucket): Bucket =>
  new Bucket(stack, 'Console', {
    ...locked,
    serverAccessLogsBucket: logs,
    serverAccessLogsPrefix: 'console/',
    lifecycleRules: [abandonedParts],
  });

/** As the local server sends them, and those that tell browsers to stay with https. */
const headers = (stack: Stack, { media, login }: { media: IBucket; login: ManagedLogin }): ResponseHeadersPolicy => {
  // As the SDK writes it when it signs an address.
  const files = `https://${media.bucketName}.s3.${stack.region}.${stack.urlSuffix}`;
  const { 'x-content-type-options': _sniff, 'referrer-policy': _referrer, ...others } = securityHeaders;
  return new ResponseHeadersPolicy(stack, 'Headers', {
    responseHeadersPolicyName: globalName(stack, 'headers'),
    comment: 'Kinoduct: what pages may do',
    securityHeadersBehavior: {
      contentSecurityPolicy: {
        contentSecurityPolicy: contentSecurityPolicy({ files: [files], services: [login.url] }),
        override: true,
      },
      contentTypeOptions: { override: true },
      frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
      referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
      strictTransportSecurity: { accessControlMaxAge: Duration.days(365), override: true },
    },
    customHeadersBehavior: {
      customHeaders: Object.entries(others).map(([header, value]) => ({ header, value, override: true })),
    },
  });
};

const loginOf = (config: DeployConfig, { accounts: { domain }, client, api }: Needs): ManagedLogin => ({
  url: domain.baseUrl(),
  clientId: client.userPoolClientId,
  scopes: signInScopes.map(({ scopeName }) => scopeName),
  origins: pagesToSignIn(config),
  page: domain.signInUrl(client, { redirectUri: `${ownOrigin(config) ?? api.apiEndpoint}/` }),
});

const distribution = (
  stack: Stack,
  { domainName, certificateArn }: DeployConfig,
  {
    api,
    bucket,
    logs,
    policy,
    webAcl,
  }: Pick<Needs, 'api' | 'webAcl'> & {
    readonly bucket: IBucket;
    readonly logs: IBucket;
    readonly policy: ResponseHeadersPolicy;
  },
): Distribution => {
  const apiOrigin = new HttpOrigin(`${api.apiId}.execute-api.${stack.region}.${stack.urlSuffix}`);
  const toApi = {
    origin: apiOrigin,
    allowedMethods: AllowedMethods.ALLOW_ALL,
    cachePolicy: CachePolicy.CACHING_DISABLED,
    originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
    viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY, // a redirect would come after the token was sent
    responseHeadersPolicy: policy,
    compress: false,
  };
  const toFile = new EdgeFunction(stack, 'ToAddress', {
    code: FunctionCode.fromInline(toAddress),
    runtime: FunctionRuntime.JS_2_0,
    comment: 'Leads to the addresses of the console, which stand behind #',
  });
  const front = new Distribution(stack, 'Front', {
    comment: 'Kinoduct: the console and the API',
    defaultRootObject: page,
    httpVersion: HttpVersion.HTTP2_AND_3,
    // Of its own name CloudFront decides.
    ...(domainName && certificateArn ? { minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021 } : {}),
    defaultBehavior: {
      origin: S3BucketOrigin.withOriginAccessControl(bucket, {
        originAccessControl: new S3OriginAccessControl(stack, 'Access', {
          originAccessControlName: globalName(stack, 'console'),
        }),
      }),
      cachePolicy: CachePolicy.CACHING_OPTIMIZED,
      viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      responseHeadersPolicy: policy,
      functionAssociations: [{ function: toFile, eventType: FunctionEventType.VIEWER_REQUEST }],
    },
    additionalBehaviors: Object.fromEntries([...apiPaths].map((path) => [path, toApi])),
    errorResponses: errorsThatAreKept.map((httpStatus) => ({ httpStatus, ttl: Duration.seconds(0) })),
    enableLogging: true,
    logBucket: logs,
    logFilePrefix: 'front/',
    ...(webAcl ? { webAclId: webAcl.arn } : {}),
    ...(domainName && certificateArn
      ? { domainNames: [domainName], certificate: Certificate.fromCertificateArn(stack, 'Certificate', certificateArn) }
      : {}),
  });
  accept(front, {
    'AwsSolutions-CFR1': 'People may be anywhere.',
    ...(webAcl ? {} : { 'AwsSolutions-CFR2': 'The deployment says waf=false.' }),
    ...(domainName
      ? {}
      : {
          'AwsSolutions-CFR4':
            'Names of CloudFront’s own have a policy that cannot be changed; domainName brings TLS 1.2.',
        }),
  });
  return front;
};

/** The console and the API at one address, so that a browser needs no leave to take one to the other. */
export const webStack = (app: App, config: DeployConfig, needs: Needs): void => {
  const stack = new Stack(app, stackName(config, 'web'), {
    description: 'Kinoduct: the console, and the API behind the same address',
    terminationProtection: isProtected(config),
  });
  // So that it can be left out again: stacks may not drop what another still imports.
  CrossStackReferences.of(stack).consume(ReferenceStrength.WEAK);
  const { api, media, webAcl } = needs;
  if (webAcl) stack.addStackDependency(webAcl.stack);
  const logs = logBucket(stack);
  const bucket = consoleBucket(stack, logs);
  const login = loginOf(config, needs);
  const policy = headers(stack, { media, login });
  const front = distribution(stack, config, { api, bucket, logs, policy, webAcl });
  consoleFiles(stack, config, { bucket, told: { local: false, managedLogin: login } });
  leadDomain(stack, config, { alias: new CloudFrontTarget(front), address: front.distributionDomainName });
  new CfnOutput(stack, 'FrontUrl', {
    value: ownOrigin(config) ?? `https://${front.distributionDomainName}`,
    description: 'The console, and the API',
  });
};
