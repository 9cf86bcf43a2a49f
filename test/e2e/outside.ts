/** The world outside of a deployment: a web server on the loopback interface that has files to import and takes deliveries. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { startGoogleDrive } from '#test/support/google-drive.ts';
import { type Answering, type Origin, startOrigin } from '#test/support/origin.ts';

/** What it asks for before it takes a delivery; the deployment holds it as the secret `outside`. */
export const outsideSecret = 'Bearer open-sesame';

export interface Outside {
  /** As the deployment must list its servers among the private ones: `host:port`, with commas between. */
  readonly host: string;
  /** Google Drive, which checks every request; its credentials are the deployment's secret `drive`. */
  readonly drive: Awaited<ReturnType<typeof startGoogleDrive>>;
  readonly url: string;
  /** Serves the bytes at the path from now on, with a tag that changes with every call. */
  serve(path: string, body: Uint8Array): void;
  /** Answers the path with a redirect. */
  redirect(path: string, to: string): void;
  /** How often the path was answered with bytes. */
  sent(path: string): number;
  /** What was put to the path. */
  received(path: string): { readonly body: Buffer; readonly headers: IncomingMessage['headers'] } | undefined;
  close(): Promise<void>;
}

type File = { readonly body: Uint8Array; readonly etag: string };

export const startOutside = async (): Promise<Outside> => {
  const files = new Map<string, File>();
  const redirects = new Map<string, string>();
  const sent = new Map<string, number>();
  const received = new Map<string, { body: Buffer; headers: IncomingMessage['headers'] }>();
  let versions = 0;

  const give = ({ url, headers }: Parameters<Answering>[0], { body, etag }: File, response: ServerResponse): void => {
    if (headers['if-none-match'] === etag) return void response.writeHead(304, { etag }).end();
    sent.set(url, (sent.get(url) ?? 0) + 1);
    response.writeHead(200, { etag, 'content-type': 'video/mp4', 'content-length': body.length }).end(body);
  };
  /** Everything below `/refused/` is taken from nobody. */
  const take = ({ url, headers, body }: Parameters<Answering>[0], response: ServerResponse): void => {
    if (url.startsWith('/refused/') || headers.authorization !== outsideSecret)
      return void response.writeHead(403).end();
    received.set(url, { body, headers });
    response.writeHead(201).end();
  };
  const answer: Answering = (asked, response) => {
    if (asked.method === 'PUT') return take(asked, response);
    const to = redirects.get(asked.url);
    if (to !== undefined) return void response.writeHead(302, { location: to }).end();
    const file = files.get(asked.url);
    if (file) return give(asked, file, response);
    response.writeHead(404).end();
  };
  const [origin, drive]: [Origin, Outside['drive']] = [await startOrigin(answer), await startGoogleDrive()];
  return {
    host: `${origin.host},${drive.host}`,
    drive,
    url: origin.url,
    serve: (path, body) => void files.set(path, { body, etag: `"v${(versions += 1)}"` }),
    redirect: (path, to) => void redirects.set(path, to),
    sent: (path) => sent.get(path) ?? 0,
    received: (path) => received.get(path),
    close: async () => {
      await origin[Symbol.asyncDispose]();
      await drive.close();
    },
  };
};
