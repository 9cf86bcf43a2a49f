/** Rekognition, Transcribe and S3 as far as content analysis needs them, on loopback. What is no request of theirs is refused. */
import * as z from 'zod';
import { type Faults, type Reply, type Seen, startLoopback } from './loopback.ts';

const Picture = z.strictObject({
  Image: z.strictObject({ Bytes: z.base64() }),
  MinConfidence: z.number().min(0).max(100),
});
const Start = z
  .strictObject({
    TranscriptionJobName: z.string().regex(/^[0-9a-zA-Z._-]{1,200}$/),
    Media: z.strictObject({ MediaFileUri: z.string().regex(/^s3:\/\/[a-z0-9.-]+\/.+/) }),
    MediaFormat: z.literal('wav'),
    LanguageCode: z.string().optional(),
    IdentifyLanguage: z.literal(true).optional(),
  })
  .refine(({ LanguageCode, IdentifyLanguage }) => (LanguageCode === undefined) === (IdentifyLanguage === true));
const Named = z.strictObject({ TranscriptionJobName: z.string() });

type Job = z.output<typeof Start> & { polls: number };

const amz = (body: unknown): Reply => ({
  status: 200,
  headers: { 'content-type': 'application/x-amz-json-1.1' },
  body: JSON.stringify(body),
});

/** An error as the services write it. */
export const refusal = (type: string, status = 400, message = 'no'): Reply => ({
  ...amz({ __type: type, message }),
  status,
});

const isJpeg = (bytes: Buffer): boolean =>
  bytes.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff])) && bytes.subarray(-2).equals(Buffer.from([0xff, 0xd9]));

const items = [
  {
    type: 'pronunciation',
    start_time: '0.1',
    end_time: '0.5',
    alternatives: [{ confidence: '0.98', content: 'Hello' }],
  },
  { type: 'punctuation', alternatives: [{ confidence: '0.0', content: ',' }] },
  {
    type: 'pronunciation',
    start_time: '0.5',
    end_time: '0.9',
    alternatives: [{ confidence: '0.9', content: 'world' }],
  },
  { type: 'punctuation', alternatives: [{ confidence: '0.0', content: '.' }] },
];

export type Played = {
  /** Why transcriptions fail; they succeed where it is left out. */
  failure?: string;
  /** How often it is answered that a transcription goes on. */
  polls: number;
  /** What moderation finds. */
  unsafe: readonly { readonly Name: string; readonly ParentName: string; readonly Confidence: number }[];
};

/** Requests must be signed as AWS wants it: with the key id `AKIDEXAMPLE`, for their service. */
export const startRecognition = async () => {
  const played: Played = { polls: 1, unsafe: [] };
  const jobs = new Map<string, Job>();
  const objects = new Map<string, Buffer>();
  const wrong: string[] = [];
  const heard: string[] = [];
  const refuse = (why: string): Reply => {
    wrong.push(why);
    return refusal('ValidationException', 400, why);
  };
  const signedFor = ({ headers }: Seen, service: string): boolean =>
    (headers['authorization'] ?? '').startsWith('AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/') &&
    (headers['authorization'] ?? '').includes(`/${service}/aws4_request`) &&
    headers['x-amz-date'] !== undefined;

  const seen = (of: 'labels' | 'moderation', body: unknown): Reply => {
    const { Image, MinConfidence } = Picture.parse(body);
    if (!isJpeg(Buffer.from(Image.Bytes, 'base64'))) return refuse('no JPEG');
    if (of === 'moderation')
      return amz({ ModerationLabels: played.unsafe.filter(({ Confidence }) => Confidence >= MinConfidence) });
    const labels = [
      { Name: 'Dog', Confidence: 97.5, Parents: [{ Name: 'Animal' }] },
      { Name: 'Grass', Confidence: 60, Parents: [] },
    ];
    return amz({ Labels: labels.filter(({ Confidence }) => Confidence >= MinConfidence) });
  };

  const transcribed = (operation: string, body: unknown): Reply => {
    if (operation === 'StartTranscriptionJob') {
      const job = Start.parse(body);
      if (jobs.has(job.TranscriptionJobName)) return refusal('ConflictException');
      jobs.set(job.TranscriptionJobName, { ...job, polls: 0 });
      heard.push(job.Media.MediaFileUri);
      return amz({ TranscriptionJob: { ...job, TranscriptionJobStatus: 'IN_PROGRESS' } });
    }
    const { TranscriptionJobName } = Named.parse(body);
    const job = jobs.get(TranscriptionJobName);
    if (!job) return refusal('BadRequestException', 400, "The requested job couldn't be found.");
    if (operation === 'DeleteTranscriptionJob') {
      jobs.delete(TranscriptionJobName);
      return amz({});
    }
    if (operation !== 'GetTranscriptionJob') return refuse(operation);
    job.polls += 1;
    const common = { TranscriptionJobName, CreationTime: 1 };
    if (job.polls <= played.polls)
      return amz({ TranscriptionJob: { ...common, TranscriptionJobStatus: 'IN_PROGRESS' } });
    if (played.failure !== undefined)
      return amz({ TranscriptionJob: { ...common, TranscriptionJobStatus: 'FAILED', FailureReason: played.failure } });
    const Transcript = { TranscriptFileUri: `${service.url}/answer/${TranscriptionJobName}.json?X-Amz-Signature=ab` };
    return amz({ TranscriptionJob: { ...common, TranscriptionJobStatus: 'COMPLETED', Transcript } });
  };

  const stored = (request: Seen): Reply => {
    if (!signedFor(request, 's3')) return refuse('unsigned');
    const { method, path, body } = request;
    if (method === 'PUT') objects.set(path, body);
    if (method === 'DELETE') objects.delete(path);
    return method === 'PUT' ? { status: 200, headers: { etag: '"e1"' } } : { status: 204 };
  };

  const serve = (request: Seen): Reply => {
    const { path, headers, method, body } = request;
    const [service, operation = ''] = (headers['x-amz-target'] ?? '').split('.');
    if (method === 'GET' && path.startsWith('/answer/'))
      return { status: 200, body: { results: { language_code: 'en-US', transcripts: [], items } } };
    if (service === '') return stored(request);
    if (headers['content-type'] !== 'application/x-amz-json-1.1') return refuse(`type ${headers['content-type']}`);
    const told: unknown = JSON.parse(body.toString());
    try {
      if (service === 'RekognitionService' && signedFor(request, 'rekognition') && operation === 'DetectLabels')
        return seen('labels', told);
      if (
        service === 'RekognitionService' &&
        signedFor(request, 'rekognition') &&
        operation === 'DetectModerationLabels'
      )
        return seen('moderation', told);
      if (service === 'Transcribe' && signedFor(request, 'transcribe')) return transcribed(operation, told);
    } catch (error) {
      return refuse(String(error));
    }
    return refuse(`${service}.${operation}`);
  };
  const service = await startLoopback(serve);
  return {
    host: service.host,
    url: service.url,
    played,
    jobs,
    objects,
    /** Where the sounds lay that were to be transcribed. */
    heard,
    /** Requests that the services would not have understood. */
    wrong,
    inject: (faults: Faults) => service.inject(faults),
    /** The operations that were asked for, in their order; those too that a fault answered. */
    asked: (): string[] => service.seen.flatMap(({ headers }) => headers['x-amz-target']?.split('.')[1] ?? []),
    /** What the SDK must be told of it. */
    env: {
      AWS_ENDPOINT_URL: service.url,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
    },
    close: service.close,
  };
};
export type Recognition = Awaited<ReturnType<typeof startRecognition>>;
