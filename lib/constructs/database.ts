/** Aurora Serverless v2: docs/decisions/0016-aurora-without-a-proxy.md says why. */
import { ArnFormat, Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import {
  AuroraPostgresEngineVersion,
  ClusterInstance,
  Credentials,
  DatabaseCluster,
  DatabaseClusterEngine,
  ParameterGroup,
} from 'aws-cdk-lib/aws-rds';
import { Trigger } from 'aws-cdk-lib/triggers';
import type { SchemaConfig } from '#functions/schema/config.ts';
import { type DeployConfig, isProtected } from '../config.ts';
import type { EnvOf } from '../env-of.ts';
import { accept } from './accept.ts';
import * as may from './grants.ts';
import { type Network, databasePort } from './network.ts';
import { acceptNoDeadLetters, bundledFunction } from './service-function.ts';

/** Of functions. They come with tokens of IAM, and may change rows and no table. */
const user = 'kinoduct';
const databaseName = 'kinoduct';

export interface Database {
  readonly url: string;
  /** What a function must be allowed to come as that user. */
  readonly connect: may.Grant;
}

const engine = DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_16_8 });

const clusterOf = (stack: Stack, config: DeployConfig, { vpc, isolated, databaseGroup }: Network): DatabaseCluster => {
  const guarded = isProtected(config);
  const instance = { publiclyAccessible: false, autoMinorVersionUpgrade: true };
  const cluster = new DatabaseCluster(stack, 'Database', {
    engine,
    vpc,
    vpcSubnets: isolated,
    securityGroups: [databaseGroup],
    port: databasePort,
    defaultDatabaseName: databaseName,
    credentials: Credentials.fromUsername('kinoduct_master'),
    manageMasterUserPassword: true, // kept in Secrets Manager and rotated by RDS itself, every seven days
    iamAuthentication: true,
    storageEncrypted: true,
    writer: ClusterInstance.serverlessV2('Writer', instance),
    readers: guarded ? [ClusterInstance.serverlessV2('Standby', { ...instance, scaleWithWriter: true })] : [],
    serverlessV2MinCapacity: config.databaseMinCapacity,
    serverlessV2MaxCapacity: config.databaseMaxCapacity,
    parameterGroup: new ParameterGroup(stack, 'DatabaseParameters', {
      engine,
      description: 'Kinoduct',
      parameters: { 'rds.force_ssl': '1', log_min_duration_statement: '1000', log_lock_waits: '1' },
    }),
    backup: { retention: Duration.days(guarded ? 30 : 7) },
    copyTagsToSnapshot: true,
    deletionProtection: guarded,
    removalPolicy: guarded ? RemovalPolicy.RETAIN : RemovalPolicy.SNAPSHOT,
  });
  if (!guarded)
    accept(cluster, { 'AwsSolutions-RDS10': 'The stage dev may be torn down; its data is then kept as a snapshot.' });
  return cluster;
};

/** Runs when its code changes, before any stack that uses the database is touched. */
const updateSchema = (stack: Stack, config: DeployConfig, cluster: DatabaseCluster, network: Network, url: string) => {
  const { secret } = cluster;
  if (!secret) throw new Error('RDS keeps the password of the master in a secret');
  const handler = bundledFunction(stack, 'Schema', {
    config,
    entry: 'functions/schema/schema.lambda.ts',
    description: 'Brings the schema of the database up to date, as a step of the deploy',
    memorySize: 512,
    timeout: Duration.minutes(10),
    environment: { DATABASE_URL: url, MASTER_SECRET_ARN: secret.secretArn } satisfies EnvOf<typeof SchemaConfig>,
    allows: [may.readSecret(secret)],
    place: network.place('services'),
  });
  acceptNoDeadLetters(handler);
  const update = new Trigger(stack, 'SchemaUpdate', { handler, timeout: Duration.minutes(10) });
  update.executeAfter(cluster, network.vpc);
};

export const database = (stack: Stack, config: DeployConfig, network: Network): Database => {
  const cluster = clusterOf(stack, config, network);
  const url = `postgres://${user}@${cluster.clusterEndpoint.hostname}:${databasePort}/${databaseName}`;
  updateSchema(stack, config, cluster, network, url);
  const dbuser = stack.formatArn({
    service: 'rds-db',
    resource: 'dbuser',
    resourceName: `${cluster.clusterResourceIdentifier}/${user}`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return { url, connect: may.connectToDatabase(dbuser) };
};
