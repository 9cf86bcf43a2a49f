import { rekognitionClient } from '#adapters/rekognition/client.ts';
import { rekognition } from '#adapters/rekognition/see.ts';
import { transcribeClient } from '#adapters/transcribe/client.ts';
import { transcribe } from '#adapters/transcribe/transcribe.ts';
import type { ContentAnalysis } from '#core/ports/content-analysis.ts';
import type { Web } from '#core/ports/web.ts';
import type { TransferConfig } from './config.ts';

/** Transcribe reads the sound where the runner has put it, as the caller may. */
export const recognisers = (
  { MEDIA_BUCKET }: Pick<TransferConfig, 'MEDIA_BUCKET'>,
  web: Pick<Web, 'request'>,
): ContentAnalysis => ({
  ...rekognition({ client: rekognitionClient() }),
  transcript: transcribe({
    client: transcribeClient(),
    web,
    place: async ({ key }) => ({ uri: `s3://${MEDIA_BUCKET}/${key}`, remove: async () => undefined }),
  }),
});
