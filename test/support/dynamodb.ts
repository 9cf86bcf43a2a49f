/** A DynamoDB emulator over the wire, with an empty table, for one suite. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import pRetry from 'p-retry';
import { dynamoClient } from '#adapters/dynamodb/client.ts';
import { tableDefinition } from '#adapters/dynamodb/table.ts';
import type { TableOptions } from '#adapters/dynamodb/access.ts';
import { dynamoIdempotencyStore } from '#adapters/dynamodb/idempotency-store.ts';
import { dynamoJobStore } from '#adapters/dynamodb/job-store.ts';
import { dynamoMadeStore } from '#adapters/dynamodb/made-store.ts';
import { dynamoUsageStore } from '#adapters/dynamodb/usage-store.ts';
import { dynamoMediaStore } from '#adapters/dynamodb/media-store.ts';
import { dynamoTemplateStore } from '#adapters/dynamodb/template-store.ts';
import { dynamoUploadStore } from '#adapters/dynamodb/upload-store.ts';
import { dynamoWebhookStore } from '#adapters/dynamodb/webhook-store.ts';

const binary = fileURLToPath(new URL('../../node_modules/@dynoxide/linux-x64/dynoxide', import.meta.url));

/** Why there is no emulator here; undefined where there is one. */
export const noDynamo = existsSync(binary) ? undefined : 'the DynamoDB emulator is published for linux-x64 only';

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');
  return address.port;
};

/** A client with made-up credentials for an endpoint of this machine. */
export const localClient = (endpoint: string): DynamoDBDocumentClient =>
  dynamoClient({ endpoint, region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });

export interface Emulator extends TableOptions {
  readonly endpoint: string;
  close(): Promise<void>;
}

export const startDynamo = async (): Promise<Emulator> => {
  const folder = await mkdtemp(join(tmpdir(), 'kinoduct-dynamodb-'));
  const port = await freePort();
  const args = ['serve', '--port', String(port), '--db-path', join(folder, 'table.db')];
  const child = spawn(binary, args, { stdio: 'ignore' });
  const exited = once(child, 'exit');
  const endpoint = `http://127.0.0.1:${port}`;
  const client = localClient(endpoint);
  const table = 'kinoduct';
  const create = new CreateTableCommand({ TableName: table, ...structuredClone(tableDefinition) });
  await pRetry(() => client.send(create), { retries: 20, minTimeout: 20, factor: 1 }); // until it listens
  const close = async (): Promise<void> => {
    client.destroy();
    child.kill();
    await exited;
    await rm(folder, { recursive: true });
  };
  return { client, table, endpoint, close };
};

/** Every store on an emulator of their own. */
export const temporaryDynamo = async () => {
  const emulator = await startDynamo();
  return {
    jobs: dynamoJobStore(emulator),
    uploads: dynamoUploadStore(emulator),
    library: dynamoMediaStore(emulator),
    templates: dynamoTemplateStore(emulator),
    idempotency: dynamoIdempotencyStore(emulator),
    webhooks: dynamoWebhookStore(emulator),
    made: dynamoMadeStore(emulator),
    usage: dynamoUsageStore(emulator),
    close: () => emulator.close(),
  };
};
