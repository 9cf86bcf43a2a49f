import * as z from 'zod';

export const SchemaConfig = z.object({
  /** The database, and the user of the functions, as they get it. */
  DATABASE_URL: z.url({ protocol: /^postgres$/ }),
  /** The secret with `username` and `password` of the master, which RDS keeps and rotates. */
  MASTER_SECRET_ARN: z.string().startsWith('arn:'),
});
export type SchemaConfig = z.output<typeof SchemaConfig>;
