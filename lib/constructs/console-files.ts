/** The files of the console in a bucket. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DefaultStackSynthesizer, Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, CacheControl, type ISource, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { writeConsole } from '#console/build.ts';
import { configPath, type ConsoleConfig } from '#console/console-config.ts';
import type { DeployConfig } from '../config.ts';
import { accept } from './accept.ts';

export const page = 'index.html';

/** Hands the sources of what is named by its content, and of the page that names it, to `make`, which must put them into the tree. */
const withSources = (make: (assets: ISource, pages: ISource) => void): void => {
  const folder = mkdtempSync(join(tmpdir(), 'kinoduct-console-'));
  try {
    writeConsole(folder);
    make(Source.asset(join(folder, 'console')), Source.data(page, readFileSync(join(folder, page), 'utf8')));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Findings on the function that CDK brings for it, and on what it may do. */
const acceptCopying = (stack: Stack, bucket: IBucket): void => {
  const handler = stack.node.children.find(({ node }) => node.id.startsWith('Custom::CDKBucketDeployment'));
  if (!handler) throw new Error('BucketDeployment brought no function');
  const { 'Fn::GetAtt': arn }: { 'Fn::GetAtt': readonly string[] } = stack.resolve(bucket.bucketArn);
  const qualifier = stack.synthesizer.bootstrapQualifier ?? DefaultStackSynthesizer.DEFAULT_QUALIFIER;
  const reads = 'It is CDK’s own, runs when one deploys, and reads what CDK has uploaded for the deployment.';
  const writes = 'It is CDK’s own, runs when one deploys, and writes to a bucket that holds nothing but the console.';
  const wildcards = {
    'Action::s3:GetObject*': reads,
    'Action::s3:GetBucket*': reads,
    'Action::s3:List*': reads,
    [`Resource::arn:<AWS::Partition>:s3:::cdk-${qualifier}-assets-<AWS::AccountId>-<AWS::Region>/*`]: reads,
    'Action::s3:Abort*': writes,
    'Action::s3:DeleteObject*': writes,
    [`Resource::<${arn.join('.')}>/*`]: writes,
  };
  accept(handler, {
    'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]':
      'CDK gives its function that policy, which allows it to write logs.',
    ...Object.fromEntries(Object.entries(wildcards).map(([what, why]) => [`AwsSolutions-IAM5[${what}]`, why])),
    'AwsSolutions-L1': 'CDK chooses the runtime of its function.',
    'Serverless-LambdaLatestVersion': 'CDK chooses the runtime of its function.',
    'Serverless-LambdaDLQ': 'CloudFormation waits for its answer.',
    'Serverless-LambdaTracing': 'It runs when one deploys, and CloudFormation tells how that went.',
  });
};

/**
 * Puts the files into the bucket, the page last. What an earlier version loaded stays, for pages that are open.
 */
export const consoleFiles = (
  stack: Stack,
  config: DeployConfig,
  { bucket, told }: { readonly bucket: IBucket; readonly told: ConsoleConfig },
): void => {
  const logGroup = new LogGroup(stack, 'CopyLog', {
    retention: config.logRetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const common = { destinationBucket: bucket, prune: false, memoryLimit: 256, logGroup };
  withSources((assets, pages) => {
    const loaded = new BucketDeployment(stack, 'Loaded', {
      ...common,
      sources: [assets],
      destinationKeyPrefix: 'console',
      cacheControl: [CacheControl.setPublic(), CacheControl.maxAge(Duration.days(365)), CacheControl.immutable()],
    });
    const first = new BucketDeployment(stack, 'Pages', {
      ...common,
      sources: [pages, Source.jsonData(configPath, told)],
      cacheControl: [CacheControl.noCache()],
    });
    first.node.addDependency(loaded);
    acceptCopying(stack, bucket);
  });
};
