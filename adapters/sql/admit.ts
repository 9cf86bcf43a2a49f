/** Lets a user into a database, who comes with a token of IAM and may read and write rows but change no table. */
import pg from 'pg';

/** RDS lets those come with tokens who have this role. */
const iamRole = 'rds_iam';

/** As the one who owns the tables. Repeating it is fine. */
export const admit = async (server: pg.ClientConfig, user: string): Promise<void> => {
  const client = new pg.Client(server);
  const name = pg.escapeIdentifier(user);
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_roles where rolname = $1', [user]);
    if (!rowCount) await client.query(`create role ${name} login`);
    await client.query(`grant ${iamRole} to ${name}`);
    await client.query(`grant usage on schema public to ${name}`);
    await client.query(`grant select, insert, update, delete on all tables in schema public to ${name}`);
    await client.query(`revoke all on kysely_migration, kysely_migration_lock from ${name}`);
  } finally {
    await client.end();
  }
};
