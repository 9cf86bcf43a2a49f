/** Recognition in pictures by Amazon Rekognition: `rekognition:DetectLabels` and `rekognition:DetectModerationLabels`. */
import {
  DetectLabelsCommand,
  DetectModerationLabelsCommand,
  type RekognitionClient,
} from '@aws-sdk/client-rekognition';
import { Failure, type FailureCode } from '#core/failures.ts';
import type { Label } from '#core/media/seen.ts';
import type { ContentAnalysis } from '#core/ports/content-analysis.ts';

/** Errors of the service, by their names in the SDK. */
const codes: Readonly<Record<string, FailureCode>> = {
  InvalidParameterException: 'spec.invalid',
  InvalidImageFormatException: 'spec.invalid',
  ImageTooLargeException: 'spec.invalid',
  ThrottlingException: 'platform.throttled',
  ProvisionedThroughputExceededException: 'platform.throttled',
  LimitExceededException: 'platform.throttled',
  UnrecognizedClientException: 'auth.invalid',
  InvalidSignatureException: 'auth.invalid',
  ExpiredTokenException: 'auth.invalid',
  AccessDeniedException: 'auth.invalid',
  CredentialsProviderError: 'auth.invalid',
};

const details: Readonly<Partial<Record<FailureCode, string>>> = {
  'spec.invalid': 'Rekognition does not take a picture of this source.',
  'auth.invalid': 'Rekognition refuses the credentials of this deployment.',
};

const asFailure = async <T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    signal?.throwIfAborted();
    const code = codes[error instanceof Error ? error.name : ''] ?? 'provider.recognition';
    const detail = details[code];
    throw new Failure(code, detail === undefined ? {} : { detail }, { cause: error });
  }
};

type Found = { readonly Name?: string | undefined; readonly Confidence?: number | undefined };

const labelOf = ({ Name: name, Confidence }: Found, parents: readonly (string | undefined)[]): Label[] =>
  name ? [{ name, confidence: (Confidence ?? 0) / 100, parents: parents.filter((each) => each !== undefined) }] : [];

/** The service counts in percent. */
const percent = (share: number): number => Math.round(share * 10_000) / 100;

export const rekognition = ({
  client,
}: {
  client: RekognitionClient;
}): Required<Pick<ContentAnalysis, 'labels' | 'moderation'>> => ({
  labels: async (jpeg, { minConfidence }, signal) => {
    const command = new DetectLabelsCommand({ Image: { Bytes: jpeg }, MinConfidence: percent(minConfidence) });
    const { Labels = [] } = await asFailure(client.send(command, { abortSignal: signal }), signal);
    return Labels.flatMap((label) =>
      labelOf(
        label,
        (label.Parents ?? []).map(({ Name }) => Name),
      ),
    );
  },
  moderation: async (jpeg, { minConfidence }, signal) => {
    const MinConfidence = percent(minConfidence);
    const command = new DetectModerationLabelsCommand({ Image: { Bytes: jpeg }, MinConfidence });
    const { ModerationLabels = [] } = await asFailure(client.send(command, { abortSignal: signal }), signal);
    return ModerationLabels.flatMap((label) => labelOf(label, [label.ParentName || undefined]));
  },
});
