/** What is seen and said, by the AWS account that the SDK finds. Its clients are loaded when a job asks for them. */
import type { RecognitionKind } from '#core/job/recognition.ts';
import type { ContentAnalysis, SeeLabels, Transcribe } from '#core/ports/content-analysis.ts';
import type { Web } from '#core/ports/web.ts';
import type { LocalConfig } from './config.ts';

type By = LocalConfig['contentAnalysis'];

/** `aws:name` names a bucket. */
const bucketOf = (by: By): string | undefined => by?.split(':')[1];

/** The kinds of outputs that can be made so. */
export const recognisedBy = (by: By): readonly RecognitionKind[] => {
  if (by === undefined) return [];
  return bucketOf(by) === undefined ? ['labels', 'moderation'] : ['labels', 'moderation', 'transcript'];
};

const see =
  (kind: 'labels' | 'moderation'): SeeLabels =>
  async (...asked) => {
    const [{ rekognitionClient }, { rekognition }] = await Promise.all([
      import('#adapters/rekognition/client.ts'),
      import('#adapters/rekognition/see.ts'),
    ]);
    return rekognition({ client: rekognitionClient() })[kind](...asked);
  };

/** The service reads no files: the sound lies in the bucket while it is listened to. */
const listen =
  (bucket: string, web: Pick<Web, 'request'>): Transcribe =>
  async (...asked) => {
    const [{ transcribeClient }, { transcribe }, { s3ObjectStore }] = await Promise.all([
      import('#adapters/transcribe/client.ts'),
      import('#adapters/transcribe/transcribe.ts'),
      import('#adapters/s3/object-store.ts'),
    ]);
    const store = s3ObjectStore({ bucket });
    return transcribe({
      client: transcribeClient(),
      web,
      place: async ({ fetched }, id, signal) => {
        const key = `kinoduct/${id}.wav`;
        await store.upload(await fetched(), key, { contentType: 'audio/wav', ...(signal && { signal }) });
        return { uri: `s3://${bucket}/${key}`, remove: () => store.remove(key) };
      },
    })(...asked);
  };

export const contentAnalysis = (by: By, web: Pick<Web, 'request'>): ContentAnalysis => {
  if (by === undefined) return {};
  const bucket = bucketOf(by);
  return {
    labels: see('labels'),
    moderation: see('moderation'),
    ...(bucket === undefined ? {} : { transcript: listen(bucket, web) }),
  };
};
