/**
 * moto stands in for an account: its CloudFormation makes what a template says. It is no dependency of ours; where its
 * program is missing, what needs it is skipped.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

export const motoAvailable = (): Promise<boolean> =>
  promisify(execFile)('moto_server', ['--help']).then(
    () => true,
    () => false,
  );

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return address && typeof address === 'object' ? address.port : 0;
};

/**
 * moto finds the bucket of a template's address only where the host is `localhost`, and the SDK finds a bucket only where
 * it is not: what goes to CloudFormation is changed on the way.
 */
const startProxy = async (target: number) => {
  const server = createServer((incoming, outgoing) => {
    const pieces: Buffer[] = [];
    incoming.on('data', (piece: Buffer) => pieces.push(piece));
    incoming.on('end', () => {
      const here = encodeURIComponent(`http://${incoming.headers.host}`);
      const isForm = incoming.headers['content-type']?.includes('urlencoded') === true;
      const whole = Buffer.concat(pieces);
      const there = encodeURIComponent(`http://localhost:${target}`);
      const body = isForm ? Buffer.from(whole.toString().replaceAll(here, there)) : whole;
      const { 'transfer-encoding': _encoding, ...kept } = incoming.headers;
      const headers = { ...kept, 'content-length': body.length };
      const { method, url: path } = incoming;
      const onward = httpRequest({ host: '127.0.0.1', port: target, method, path, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      onward.on('error', () => outgoing.destroy());
      onward.end(body);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${address && typeof address === 'object' ? address.port : 0}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

const startsWithin = 60;

const untilItAnswers = async (url: string): Promise<void> => {
  for (let tries = 0; tries < startsWithin * 4; tries += 1) {
    if (
      await fetch(url).then(
        () => true,
        () => false,
      )
    )
      return;
    await pause(250);
  }
  throw new Error(`moto does not answer within ${startsWithin} s`);
};

export interface Moto {
  /** For AWS_ENDPOINT_URL. */
  readonly url: string;
  /** From now on moto asks IAM, whose policies were deployed, for everything. */
  readonly enforceIam: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export const startMoto = async (): Promise<Moto> => {
  const port = await freePort();
  const child = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  await untilItAnswers(`http://127.0.0.1:${port}/moto-api/`);
  const proxy = await startProxy(port);
  return {
    url: proxy.url,
    enforceIam: async () => {
      await fetch(`${proxy.url}/moto-api/reset-auth`, { method: 'POST', body: '0' });
    },
    close: async () => {
      proxy.close();
      child.kill();
      await ended;
    },
  };
};
