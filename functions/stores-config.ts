/** Where jobs and all else that is no media are kept; one of the two is set. */
import * as z from 'zod';

export const storesConfig = {
  /** The table of DynamoDB. */
  JOBS_TABLE: z.string().min(1).optional(),
  /** The database of PostgreSQL, as `postgres://user@host:port/name`. IAM lets the function in. */
  DATABASE_URL: z.url({ protocol: /^postgres$/ }).optional(),
};

const StoresConfig = z.object(storesConfig);
export type StoresConfig = z.output<typeof StoresConfig>;
