import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { secretOfArn } from '#adapters/secrets-manager/secrets.ts';
import { prepareRds } from '#adapters/sql/rds.ts';
import type { SchemaDeps } from './app.ts';
import type { SchemaConfig } from './config.ts';

export const awsDeps = (config: SchemaConfig): SchemaDeps => ({
  secret: secretOfArn(new SecretsManagerClient(), config.MASTER_SECRET_ARN),
  prepare: (master) => prepareRds(config.DATABASE_URL, master),
});
