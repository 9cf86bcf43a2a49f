/**
 * Speech to text by Amazon Transcribe, which reads the sound out of S3: `transcribe:StartTranscriptionJob`,
 * `GetTranscriptionJob` and `DeleteTranscriptionJob`, and `s3:GetObject` of the caller.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteTranscriptionJobCommand,
  GetTranscriptionJobCommand,
  StartTranscriptionJobCommand,
  type TranscribeClient,
  type TranscriptionJob,
} from '@aws-sdk/client-transcribe';
import { Failure, type FailureCode } from '#core/failures.ts';
import type { Heard } from '#core/media/transcript.ts';
import type { Sound, Transcribe } from '#core/ports/content-analysis.ts';
import type { Web } from '#core/ports/web.ts';
import { heardIn } from './answer.ts';
import { languageCode } from './language.ts';

/** Where the service reads the sound; `remove` is called when nobody reads it any more. */
export interface PlacedSound {
  readonly uri: string;
  readonly remove: () => Promise<void>;
}

export interface TranscribeOptions {
  readonly client: TranscribeClient;
  /** Fetches the answer, which lies at a signed address of S3. */
  readonly web: Pick<Web, 'request'>;
  readonly place: (sound: Sound, id: string, signal?: AbortSignal) => Promise<PlacedSound>;
  /** Between two questions; it grows to five times as much. */
  readonly pollSeconds?: number;
  /** After so long it fails with `platform.throttled`: the next call with the same id goes on waiting for the same work. */
  readonly patienceSeconds?: number;
}

type Wanted = Parameters<Transcribe>[1];
type Told = NonNullable<Parameters<Transcribe>[2]>;

const codes: Readonly<Record<string, FailureCode>> = {
  BadRequestException: 'spec.invalid',
  LimitExceededException: 'platform.throttled',
  ThrottlingException: 'platform.throttled',
  UnrecognizedClientException: 'auth.invalid',
  InvalidSignatureException: 'auth.invalid',
  ExpiredTokenException: 'auth.invalid',
  AccessDeniedException: 'auth.invalid',
  CredentialsProviderError: 'auth.invalid',
};

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');

const asFailure = async <T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    signal?.throwIfAborted();
    const code = codes[nameOf(error)] ?? 'provider.recognition';
    const said = error instanceof Error ? error.message.slice(0, 300) : '';
    const detail =
      code === 'auth.invalid' ? 'Transcribe refuses the credentials of this deployment.' : `Transcribe: ${said}`;
    throw new Failure(code, { detail }, { cause: error });
  }
};

/** In words of the service; where nobody says anything it cannot tell a language. */
const isSilent = (reason: string): boolean => /speech segment long enough/i.test(reason);

/** A word takes some hundred bytes; four hours are the most that is taken. */
const mostBytes = 64 * 1024 * 1024;

/** Starts the work, unless an earlier call has. */
const start = async (
  { client }: TranscribeOptions,
  { name, uri, language }: { readonly name: string; readonly uri: string; readonly language: string | undefined },
  signal: AbortSignal | undefined,
): Promise<void> => {
  const command = new StartTranscriptionJobCommand({
    TranscriptionJobName: name,
    Media: { MediaFileUri: uri },
    MediaFormat: 'wav',
    ...(language === undefined ? { IdentifyLanguage: true } : { LanguageCode: languageCode(language) }),
  });
  const starting = client.send(command, { abortSignal: signal }).catch((error: unknown) => {
    if (nameOf(error) !== 'ConflictException') throw error;
  });
  await asFailure(starting, signal);
};

/** How far it will be after some seconds: it takes about a fifth of the sound's length. */
const guess = (elapsedSeconds: number, { seconds }: Sound): number =>
  Math.min(0.95, elapsedSeconds / (20 + (seconds ?? 60) / 5));

const ended = async (
  { client, pollSeconds = 2, patienceSeconds = 780 }: TranscribeOptions,
  name: string,
  sound: Sound,
  { signal, onProgress }: Told,
): Promise<TranscriptionJob> => {
  for (let elapsed = 0, pause = pollSeconds; ; pause = Math.min(5 * pollSeconds, pause * 1.5)) {
    const asking = client.send(new GetTranscriptionJobCommand({ TranscriptionJobName: name }), { abortSignal: signal });
    const { TranscriptionJob: job } = await asFailure(asking, signal);
    if (job?.TranscriptionJobStatus === 'COMPLETED' || job?.TranscriptionJobStatus === 'FAILED') return job;
    if (elapsed > patienceSeconds)
      throw new Failure('platform.throttled', { detail: 'Transcribe has not finished yet; it is waited for again.' });
    onProgress?.(guess(elapsed, sound));
    await sleep(pause * 1000, undefined, { signal }).catch(() => signal?.throwIfAborted());
    elapsed += pause;
  }
};

const answered = async ({ web }: TranscribeOptions, job: TranscriptionJob, signal: AbortSignal | undefined) => {
  const url = job.Transcript?.TranscriptFileUri;
  if (!url) throw new Failure('provider.recognition', { detail: 'Transcribe does not say where its answer is.' });
  const { status, body } = await asFailure(
    web.request({ method: 'GET', url, headers: {}, maxBytes: mostBytes }, signal),
    signal,
  );
  if (status !== 200)
    throw new Failure('provider.recognition', { detail: `The answer of Transcribe cannot be read (${status}).` });
  return heardIn(body);
};

const heardOf = async (
  options: TranscribeOptions,
  job: TranscriptionJob,
  sound: Sound,
  signal: AbortSignal | undefined,
): Promise<Heard> => {
  const billedSeconds = Math.max(15, Math.ceil(sound.seconds ?? 0));
  if (job.TranscriptionJobStatus === 'COMPLETED') return { ...(await answered(options, job, signal)), billedSeconds };
  const reason = job.FailureReason ?? '';
  if (isSilent(reason)) return { language: null, words: [], billedSeconds };
  throw new Failure('provider.recognition', { detail: `Transcribe: ${reason.slice(0, 300)}` });
};

/**
 * What was transcribed is deleted there when it has been read. Transcribe lets nobody delete what it is still working on: of
 * a canceled job it ends by itself, and is forgotten after 90 days.
 */
export const transcribe = (options: TranscribeOptions): Transcribe => {
  const transcribed = async (sound: Sound, { id, language }: Wanted, told: Told): Promise<Heard> => {
    const { signal } = told;
    const name = `kinoduct-${id}`;
    const placed = await options.place(sound, id, signal);
    let isAwaited = false;
    try {
      await start(options, { name, uri: placed.uri, language }, signal);
      const job = await ended(options, name, sound, told).catch((error: unknown) => {
        isAwaited = error instanceof Failure && error.code === 'platform.throttled';
        throw error;
      });
      const deletion = new DeleteTranscriptionJobCommand({ TranscriptionJobName: name });
      try {
        return await heardOf(options, job, sound, signal);
      } finally {
        await options.client.send(deletion).catch(() => undefined);
      }
    } finally {
      if (!isAwaited) await placed.remove().catch(() => undefined);
    }
  };
  return (sound, wanted, told = {}) => transcribed(sound, wanted, told);
};
