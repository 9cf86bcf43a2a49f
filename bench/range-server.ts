/** Serves one file on loopback as a store would, by ranges, and counts what it sends. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer } from 'node:http';

export interface RangeServer {
  readonly url: string;
  /** What went out since this was asked last. */
  readonly sent: () => { readonly bytes: number; readonly requests: number };
  readonly close: () => void;
}

export const serveFile = async (file: string): Promise<RangeServer> => {
  const { size } = await stat(file);
  let [bytes, requests] = [0, 0];
  const server = createServer((request, response) => {
    const [, from = '0', to = ''] = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '') ?? [];
    const [start, end] = [Number(from), to === '' ? size - 1 : Number(to)];
    requests += 1;
    response.writeHead(request.headers.range ? 206 : 200, {
      'accept-ranges': 'bytes',
      'content-length': end - start + 1,
      ...(request.headers.range && { 'content-range': `bytes ${start}-${end}/${size}` }),
    });
    const { socket } = response;
    const before = socket?.bytesWritten ?? 0;
    response.once('close', () => {
      bytes += (socket?.bytesWritten ?? before) - before;
    });
    createReadStream(file, { start, end })
      .on('error', () => response.destroy())
      .pipe(response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = address && typeof address === 'object' ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/in.mp4`,
    sent: () => {
      const sum = { bytes, requests };
      [bytes, requests] = [0, 0];
      return sum;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
