import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { StoresConfig } from '#functions/stores-config.ts';
import type { Database } from './database.ts';
import * as may from './grants.ts';
import type { Network, Placement, Reach } from './network.ts';

/** Where jobs and all else that is no media lie, as those see it who use it: with one of the two databases or the other. */
export interface Stores {
  readonly environment: { readonly [Name in keyof StoresConfig]?: string };
  readonly readAndWrite: readonly may.Grant[];
  readonly remove: readonly may.Grant[];
  readonly query: (...indexes: readonly string[]) => readonly may.Grant[];
  /** Where a function or a container must be to use it; undefined where it may be anywhere. */
  readonly place: (reach: Reach) => Placement | undefined;
}

export const storesInTable = (table: ITable): Stores => ({
  environment: { JOBS_TABLE: table.tableName },
  readAndWrite: [may.readAndWriteRows(table)],
  remove: [may.removeRows(table)],
  query: (...indexes) => [may.queryIndexes(table, ...indexes)],
  place: () => undefined,
});

/** Who may come in may read, write and remove: PostgreSQL has one user for all functions. */
export const storesInDatabase = ({ url, connect }: Database, { place }: Network): Stores => ({
  environment: { DATABASE_URL: url },
  readAndWrite: [connect],
  remove: [],
  query: () => [],
  place,
});
