/** A TCP proxy in front of PostgreSQL, which breaks connections at the statements that a test names. */
import { once } from 'node:events';
import { type Socket, connect, createServer } from 'node:net';

/**
 * What happens to the connection when a statement passes that matches:
 * - `lose-request`: it breaks before the server has the statement, and the server sees that
 * - `lose-answer`: the server carries the statement out, and nobody hears of it
 * - `swallow`: the client's side breaks, and the server goes on waiting for a statement that never comes
 */
export type Cut = 'lose-request' | 'lose-answer' | 'swallow';

export interface Fault {
  readonly cut: Cut;
  readonly at: RegExp;
}

/** `host` is the address that the proxy itself listens on. */
export const startTcpProxy = async (target: number, host = '127.0.0.1') => {
  const faults: Fault[] = [];
  const sockets = new Set<Socket>();

  const breakAt = (fault: Fault, chunk: Buffer, client: Socket, server: Socket): void => {
    server.unpipe(client);
    server.resume();
    client.removeAllListeners('data');
    if (fault.cut === 'swallow') client.destroy();
    else if (fault.cut === 'lose-request') for (const socket of [client, server]) socket.destroy();
    else {
      server.once('data', () => {
        client.destroy();
        server.destroy();
      });
      server.write(chunk);
    }
  };

  const proxy = createServer((client) => {
    const server = connect(target, '127.0.0.1');
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.setNoDelay();
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    server.pipe(client);
    client.on('data', (chunk: Buffer) => {
      const [fault] = faults;
      if (!fault?.at.test(chunk.toString('latin1'))) return void server.write(chunk);
      faults.shift();
      breakAt(fault, chunk, client, server);
    });
    client.on('end', () => server.end());
  }).listen(0, host);
  await once(proxy, 'listening');
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');
  return {
    port: address.port,
    /** Faults that are still to come, the next one first. */
    faults,
    close: () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    },
  };
};
