import { type App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  type ITable,
  ProjectionType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { type DeployConfig, isProtected, stackName } from '../config.ts';

const text = (name: string) => ({ name, type: AttributeType.STRING });

const keys = (prefix = '') => ({ partitionKey: text(`${prefix}pk`), sortKey: text(`${prefix}sk`) });

/** The table of jobs, tasks, uploads and idempotency keys. It is that of adapters/dynamodb/table.ts; a test compares. */
export const dataStack = (app: App, config: DeployConfig): { readonly jobs: ITable } => {
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
  return { jobs };
};
