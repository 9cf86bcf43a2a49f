/** A step of every deploy: the schema of the database is brought up to date before the code that needs it. */
import * as z from 'zod';

const Master = z.object({ username: z.string().min(1), password: z.string().min(1) });
export type Master = z.output<typeof Master>;

export interface SchemaDeps {
  /** The master's name and password, as JSON, as they are now. */
  readonly secret: () => Promise<string>;
  /** Fails where the database is not as it must be; it is then as it was. */
  readonly prepare: (master: Master) => Promise<void>;
}

/** What it fails with fails the deploy, which CloudFormation then undoes. Repeating it is fine. */
export const createSchemaUpdate =
  ({ secret, prepare }: SchemaDeps) =>
  async (): Promise<void> =>
    prepare(Master.parse(JSON.parse(await secret())));
