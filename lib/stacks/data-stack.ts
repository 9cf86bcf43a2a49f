import { type App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { type DeployConfig, isProtected, stackName } from '../config.ts';
import { accept } from '../constructs/accept.ts';
import { database } from '../constructs/database.ts';
import { network } from '../constructs/network.ts';
import { type Stores, storesInDatabase, storesInTable } from '../constructs/stores.ts';
import type { Storage } from './storage-stack.ts';

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
const tableOf = (stack: Stack, config: DeployConfig): Table => {
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
  return jobs;
};

/** Jobs in PostgreSQL, and the network that all who use it must be in. */
const postgres = (stack: Stack, config: DeployConfig, { media, drop }: Storage): Stores => {
  const own = network(stack, config, drop ? [media, drop] : [media]);
  return storesInDatabase(database(stack, config, own), own);
};

export interface Data {
  readonly stores: Stores;
  readonly webhookKey: ISecret;
}

/** Where jobs lie, in the database of the deployment's choice. */
export const dataStack = (app: App, config: DeployConfig, storage: Storage): Data => {
  const stack = new Stack(app, stackName(config, 'data'), {
    description: 'Kinoduct: jobs and their tasks',
    terminationProtection: isProtected(config),
  });
  const stores =
    config.database === 'postgres' ? postgres(stack, config, storage) : storesInTable(tableOf(stack, config));
  return { stores, webhookKey: webhookKeyOf(stack) };
};
