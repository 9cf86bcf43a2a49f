/** The stores of a deployment: of DynamoDB, or of PostgreSQL where the deployment has one. */
import { dynamoClient } from '#adapters/dynamodb/client.ts';
import { dynamoStores } from '#adapters/dynamodb/stores.ts';
import type { StoresConfig } from './stores-config.ts';

type Stores = ReturnType<typeof dynamoStores>;

/** PostgreSQL is a file of its own in the bundle, which only deployments load that have one. */
export const openStores = async ({ JOBS_TABLE, DATABASE_URL }: StoresConfig): Promise<Stores> => {
  if (DATABASE_URL !== undefined) return (await import('#adapters/sql/rds.ts')).openRds(DATABASE_URL);
  if (JOBS_TABLE !== undefined) return dynamoStores({ client: dynamoClient(), table: JOBS_TABLE });
  throw new Error('Neither JOBS_TABLE nor DATABASE_URL is set.');
};
