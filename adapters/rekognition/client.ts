import { RekognitionClient, type RekognitionClientConfig } from '@aws-sdk/client-rekognition';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/** Of one request. New accounts may send five a second in some regions: the SDK waits and asks again. */
const attempts = 8;

export const rekognitionClient = (config: RekognitionClientConfig = {}): RekognitionClient =>
  new RekognitionClient({
    requestHandler: new NodeHttpHandler({ connectionTimeout: 3_000, socketTimeout: 30_000 }),
    maxAttempts: attempts,
    ...config,
  });
