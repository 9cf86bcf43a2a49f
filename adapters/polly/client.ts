import { PollyClient, type PollyClientConfig } from '@aws-sdk/client-polly';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/**
 * The SDK would speak HTTP/2, which only Polly's streaming from both sides needs: its session does not outlive the freezing
 * of a Lambda function, and emulators do not speak it.
 */
export const pollyClient = (config: PollyClientConfig = {}): PollyClient =>
  new PollyClient({
    requestHandler: new NodeHttpHandler({ connectionTimeout: 3_000, socketTimeout: 30_000 }),
    ...config,
  });
