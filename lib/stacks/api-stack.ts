import { type App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  CorsHttpMethod,
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import type { UserPoolClient } from 'aws-cdk-lib/aws-cognito';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { ApiConfig } from '#functions/api/config.ts';
import { routes } from '#functions/api/routes/index.ts';
import { buildId } from '../build-id.ts';
import { billingEnv, quotaEnv, recognisesEnv } from '../billing-env.ts';
import { type DeployConfig, isProtected, stackName } from '../config.ts';
import { accept } from '../constructs/accept.ts';
import { apiDomain } from '../constructs/api-domain.ts';
import { appClient } from '../constructs/app-client.ts';
import { authorizerFor, type SignIn } from '../constructs/authorizers.ts';
import * as may from '../constructs/grants.ts';
import { acceptNoDeadLetters, bundledFunction } from '../constructs/service-function.ts';
import type { Stores } from '../constructs/stores.ts';
import { type Called, calledFromElsewhere, keptWarm } from '../constructs/warm.ts';
import type { EnvOf } from '../env-of.ts';
import { ownOrigin } from '../pages.ts';
import type { Accounts } from './identity-stack.ts';
import { machineName } from './processing-stack.ts';

interface Needs {
  readonly media: IBucket;
  readonly stores: Stores;
  readonly webhookKey: ISecret;
  readonly runner: Called;
  readonly stateMachine: StateMachine;
  /** Undefined where IAM knows the callers. */
  readonly accounts: Accounts | undefined;
}

const apiFunction = (
  stack: Stack,
  config: DeployConfig,
  { media, stores, webhookKey, runner: anyRunner, stateMachine }: Needs,
  signIn: SignIn | undefined,
): LambdaFunction => {
  const runner = calledFromElsewhere(anyRunner, config.runnerWarm);
  return bundledFunction(stack, 'Api', {
    config,
    entry: 'functions/api/api.lambda.ts',
    description: 'The REST API',
    memorySize: 1024,
    timeout: Duration.seconds(29), // API Gateway gives up after 30
    concurrency: config.apiConcurrency,
    place: stores.place('services'),
    environment: {
      STAGE: config.stage,
      BUILD: buildId(config.runnerArchitecture),
      ...stores.environment,
      MEDIA_BUCKET: media.bucketName,
      STATE_MACHINE_ARN: stateMachine.stateMachineArn,
      RUNNER_FUNCTION: runner.functionName,
      WEBHOOK_KEY_ARN: webhookKey.secretArn,
      USER_POOL_ID: signIn?.userPool.userPoolId ?? '',
      USER_POOL_CLIENT_ID: signIn?.client.userPoolClientId ?? '',
      PRIVATE_HOSTS: config.privateHosts.join(','),
      MAX_UPLOAD_BYTES: String(config.maxUploadBytes),
      UPLOAD_URL_SECONDS: String(config.uploadUrlSeconds),
      DOWNLOAD_URL_SECONDS: String(config.downloadUrlSeconds),
      JOB_SECONDS: String(config.jobSeconds),
      ...billingEnv(config),
      ...quotaEnv(config),
      ...recognisesEnv(config),
    } satisfies EnvOf<typeof ApiConfig>,
    allows: [
      // URLs that it signs can do what it can do: read results, write uploads.
      may.readObjects(media, 'uploads', 'outputs', 'media'),
      may.writeObjects(media, 'uploads'),
      may.removeObjects(media, 'uploads', 'outputs', 'work', 'media'),
      may.listObjects(media),
      ...stores.readAndWrite,
      ...stores.remove,
      ...stores.query('gsi1', 'gsi2'),
      may.runExecutions(stack, machineName(config)),
      may.invoke(runner.functionArn),
      // It shows the secret of a new endpoint, once.
      may.readSecret(webhookKey),
      ...(signIn ? [may.manageUsers(signIn.userPool)] : []),
    ],
  });
};

/** Once, here: an HTTP API that has CORS ignores the CORS headers of its functions. */
const cors = (config: DeployConfig) => ({
  allowOrigins: config.allowedOrigins,
  allowMethods: [
    CorsHttpMethod.GET,
    CorsHttpMethod.HEAD,
    CorsHttpMethod.POST,
    CorsHttpMethod.PUT,
    CorsHttpMethod.DELETE,
  ],
  allowHeaders: [
    'accept',
    'authorization',
    'content-type',
    'idempotency-key',
    'if-none-match',
    'prefer',
    'x-amz-content-sha256',
    'x-amz-date',
    'x-amz-security-token',
  ],
  exposeHeaders: ['etag', 'location', 'ratelimit', 'ratelimit-policy', 'retry-after', 'x-request-id'],
  maxAge: Duration.hours(1),
});

/** One line of JSON a request; no query, which may hold what a user searched for, and no token. */
const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    requestId: '$context.requestId',
    requestTime: '$context.requestTime',
    ip: '$context.identity.sourceIp',
    method: '$context.httpMethod',
    route: '$context.routeKey',
    path: '$context.path',
    status: '$context.status',
    error: '$context.error.message',
    integrationError: '$context.integrationErrorMessage',
    latencyMs: '$context.responseLatency',
    bytes: '$context.responseLength',
  }),
);

export interface ApiParts {
  readonly api: HttpApi;
  readonly handler: LambdaFunction;
  /** What people sign in with; undefined where IAM knows the callers. */
  readonly client: UserPoolClient | undefined;
}

/** The HTTP API: one route for each row of the route table, so that none can be in the code and missing here. */
export const apiStack = (app: App, config: DeployConfig, needs: Needs): ApiParts => {
  const stack = new Stack(app, stackName(config, 'api'), {
    description: 'Kinoduct: the REST API',
    terminationProtection: isProtected(config),
  });
  const api = new HttpApi(stack, 'Http', {
    apiName: stackName(config, 'api'),
    createDefaultStage: false,
    ...(config.allowedOrigins.length > 0 ? { corsPreflight: cors(config) } : {}),
  });
  const { accounts } = needs;
  const signIn = accounts && { userPool: accounts.userPool, client: appClient(stack, config, { accounts, api }) };
  const handler = apiFunction(stack, config, needs, signIn);
  acceptNoDeadLetters(handler);
  const integration = new HttpLambdaIntegration('Function', keptWarm(handler, config.apiWarm) ?? handler, {
    scopePermissionToRoute: false,
  });
  const authorizer = authorizerFor(signIn);
  for (const { method, path, auth } of routes) {
    const made = api.addRoutes({
      path,
      methods: [HttpMethod[method]],
      integration,
      authorizer: auth ? authorizer : new HttpNoneAuthorizer(),
    });
    if (!auth)
      for (const route of made)
        accept(route, {
          'AwsSolutions-APIG4':
            'The route table says that anyone may call it: it tells nothing of anybody, or asks for the proof itself.',
        });
  }

  const stage = new HttpStage(stack, 'Stage', {
    httpApi: api,
    stageName: '$default',
    autoDeploy: true,
    throttle: { rateLimit: config.apiRate, burstLimit: config.apiBurst },
    accessLogSettings: {
      destination: new LogGroupLogDestination(
        new LogGroup(stack, 'AccessLog', { retention: config.logRetentionDays, removalPolicy: RemovalPolicy.DESTROY }),
      ),
      format: accessLogFormat,
    },
  });
  apiDomain(stack, config, { api, stage });
  const named = config.webFront ? undefined : ownOrigin(config);
  new CfnOutput(stack, 'ApiUrl', { value: named ?? api.apiEndpoint, description: 'Where the API answers' });
  new CfnOutput(stack, 'ApiArn', {
    value: stack.formatArn({ service: 'execute-api', resource: api.apiId, resourceName: '*' }),
    description: 'The resource that callers need execute-api:Invoke on',
  });
  return { api, handler, client: signIn?.client };
};
