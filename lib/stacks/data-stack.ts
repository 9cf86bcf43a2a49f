import { type App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  type ITable,
  ProjectionType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { accept } from '../constructs/accept.ts';
import { type DeployConfig, isProtected, stackName } from '../config.ts';

const text = (name: string) => ({ name, type: AttributeType.STRING });

const keys = (prefix = '') => ({ partitionKey: text(`${prefix}pk`), sortKey: text(`${prefix}sk`) });

/** What the signing secrets of webhooks are derived from. Its name is not below the prefix of the secrets that jobs may name. */
const webhookKeyOf = (stack: Stack): ISecret => {
  const key = new Secret(stack, 'WebhookKey', {
    description: 'Kinoduct: what the signing secrets of webhooks are derived from. A new value changes all of them.',
    generateSecretString: { passwordLength: 64, excludePunctuation: true },
    removalPolicy: RemovalPolicy.RETAIN,
  });
  accept(key, { 'AwsSolutions-SMG4': 'Rotating it would break every receiver; endpoints rotate their own secrets.' });
  return key;
};

/** The table of jobs, tasks, uploads and idempotency keys. It is that of adapters/dynamodb/table.ts; a test compares. */
export const dataStack = (app: App, config: DeployConfig): { readonly jobs: ITable; readonly webhookKey: ISecret } => {
  const stack = new Stack(app, stackName(config, 'data'), {
    description: 'Kinoduct: jobs and their tasks',
    terminationProtection: isProtected(config),
  });
  const jobs = new Table(stack, 'Jobs', {
    ...keys(),
    billingMode: BillingMode.PAY_PER_REQUEST,
    encryption: TableEncryption.AWS_MANAGED,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    timeToLiveAttribute: 'ttl',
    deletionProtection: isProtected(config),
    removalPolicy: RemovalPolicy.RETAIN,
  });
  jobs.addGlobalSecondaryIndex({ indexName: 'gsi1', ...keys('gsi1'), projectionType: ProjectionType.ALL });
  jobs.addGlobalSecondaryIndex({
    indexName: 'gsi2',
    ...keys('gsi2'),
    projectionType: ProjectionType.INCLUDE,
    nonKeyAttributes: ['id', 'status', 'createdAt'],
  });
  return { jobs, webhookKey: webhookKeyOf(stack) };
};
