import { TranscribeClient, type TranscribeClientConfig } from '@aws-sdk/client-transcribe';
import { NodeHttpHandler } from '@smithy/node-http-handler';

export const transcribeClient = (config: TranscribeClientConfig = {}): TranscribeClient =>
  new TranscribeClient({
    requestHandler: new NodeHttpHandler({ connectionTimeout: 3_000, socketTimeout: 30_000 }),
    maxAttempts: 6,
    ...config,
  });
