/** What only PostgreSQL of RDS asks for: who is let in, and whom the functions believe. */
import { once } from 'node:events';
import { type Server, createServer } from 'node:net';
import { X509Certificate, randomBytes } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { admit } from '#adapters/sql/admit.ts';
import { updatePostgres } from '#adapters/sql/postgres.ts';
import { openRds, prepareRds, rdsAuthorities, rdsServer, withToken } from '#adapters/sql/rds.ts';
import { createSchemaUpdate } from '#functions/schema/app.ts';
import { trustedCertificate } from '#test/support/certificates.ts';
import { type Database, emptyDatabase, noPostgres } from '#test/support/postgres.ts';
import { aJob, jobId } from '#test/support/records.ts';

const suffix = noPostgres === undefined ? '' : ` (skipped: ${noPostgres})`;

describe.skipIf(noPostgres)(`the user of the functions${suffix}`, () => {
  let database: Database;
  const user = `functions_${randomBytes(4).toString('hex')}`;
  beforeAll(async () => {
    database = await emptyDatabase();
    await database.query(`do $$ begin create role rds_iam; exception when duplicate_object then null; end $$`);
    await updatePostgres(database.server);
    await admit(database.server, user);
    await admit(database.server, user);
  });
  afterAll(async () => {
    await database?.query(`drop owned by ${user}`);
    await database?.query(`drop role ${user}`);
    await database?.remove();
  });

  const as = async (sql: string) => {
    const client = new pg.Client({ ...database.server, user });
    await client.connect();
    onTestFinished(() => client.end());
    return client.query(sql);
  };

  test('comes with tokens of IAM, reads and writes rows', async () => {
    const [row] = await database.query<{ member: boolean }>(
      `select pg_has_role('${user}', 'rds_iam', 'member') as member`,
    );
    expect(row?.member).toBe(true);
    const stores = database.open({ server: { ...database.server, user } });
    onTestFinished(() => stores.close());
    await stores.jobs.create(aJob());
    await stores.jobs.saveTasks(jobId(1), []);
    expect(await stores.jobs.get(jobId(1))).toMatchObject({ id: jobId(1) });
    await stores.jobs.remove(jobId(1), '2026-11-01T12:00:00.000Z');
  });

  test.each([
    'create table mine (id integer)',
    'drop table jobs',
    'alter table jobs add column more text',
    'delete from kysely_migration',
    'create role another',
  ])('cannot %s', async (sql) => {
    await expect(as(sql)).rejects.toMatchObject({ code: '42501' }); // insufficient_privilege, also of who is not the owner
  });

  test('also reaches tables of later steps, once a deploy has let it in again', async () => {
    await database.query('create table later (id integer)');
    await expect(as('select from later')).rejects.toThrow('permission denied');
    await admit(database.server, user);
    await as('select from later');
  });
});

/** Speaks as much of the protocol as comes before the passwords: it offers TLS, or declines. */
const startServer = async (certificate: { key: string; cert: string } | undefined) => {
  const heard: string[] = [];
  const server: Server = createServer((socket) => {
    socket
      .on('error', () => undefined)
      .once('data', () => {
        socket.write(certificate ? 'S' : 'N');
        if (!certificate) return void socket.on('data', (bytes) => heard.push(bytes.toString('latin1')));
        const secure = new TLSSocket(socket, { isServer: true, ...certificate });
        secure.on('error', () => undefined).on('data', (bytes: Buffer) => heard.push(bytes.toString('latin1')));
      });
  }).listen(0, 'localhost');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return { url: `postgres://kinoduct@localhost:${port}/kinoduct`, heard };
};

describe('a server that is not of RDS', () => {
  const master = { username: 'master', password: 'a secret' };
  const certificate = trustedCertificate();

  test.skipIf(!certificate)('hears nothing of us, even with a certificate that this machine trusts', async () => {
    const { url, heard } = await startServer(certificate);
    await expect(prepareRds(url, master)).rejects.toMatchObject({ code: 'platform.timeout' });
    const stores = openRds(url);
    await expect(stores.jobs.get(jobId(1))).rejects.toMatchObject({ code: 'platform.timeout' });
    await stores.close();
    expect(heard).toEqual([]);
  });

  test('hears nothing of us where it declines TLS', async () => {
    const { url, heard } = await startServer(undefined);
    await expect(prepareRds(url, master)).rejects.toMatchObject({ code: 'platform.timeout' });
    expect(heard).toEqual([]);
  });
});

test('the password of a function is a token for that user of that server, signed here for 15 minutes', async () => {
  for (const [name, value] of Object.entries({
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'session',
  }))
    vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  const { password } = withToken(rdsServer(new URL('postgres://kinoduct@db.example.com:5433/kinoduct')));
  const token = typeof password === 'function' ? await password() : '';
  expect(token).toMatch(/^db\.example\.com:5433\/\?Action=connect&DBUser=kinoduct&/);
  expect(token).toContain('%2Feu-west-1%2Frds-db%2Faws4_request');
  expect(token).toMatch(/X-Amz-Expires=900&.*X-Amz-Signature=[0-9a-f]{64}/);
  expect(token).not.toContain('secret');
});

test('the authorities of RDS are all here, for decades', () => {
  const certificates = rdsAuthorities.map((pem) => new X509Certificate(pem));
  const isRoot = ({ subject }: X509Certificate) => /CN=Amazon RDS .* Root CA (RSA2048|RSA4096|ECC384) G1/.test(subject);
  const lasting = certificates.filter(({ validTo }) => Date.parse(validTo) > Date.parse('2060-01-01'));
  expect(lasting.filter(isRoot).length).toBeGreaterThan(80);
  for (const region of ['us-east-1', 'eu-central-1', 'ap-southeast-2'])
    expect(lasting.filter(({ subject }) => subject.includes(`Amazon RDS ${region} Root CA`))).toHaveLength(3);
});

describe('the step of a deploy', () => {
  test('is the master’s, whose password it reads when it runs', async () => {
    const seen: unknown[] = [];
    const update = createSchemaUpdate({
      secret: async () => JSON.stringify({ username: 'master', password: 'x', engine: 'postgres' }),
      prepare: async (master) => void seen.push(master),
    });
    await update();
    expect(seen).toEqual([{ username: 'master', password: 'x' }]);
  });

  test('fails where the database cannot be brought up to date', async () => {
    const update = createSchemaUpdate({
      secret: async () => JSON.stringify({ username: 'master', password: 'x' }),
      prepare: () => Promise.reject(new Error('no')),
    });
    await expect(update()).rejects.toThrow('no');
  });
});
