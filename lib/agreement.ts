/** Which options go together. */

interface Options {
  readonly auth: 'iam' | 'cognito';
  readonly webFront: boolean;
  readonly domainName?: string | undefined;
  readonly certificateArn?: string | undefined;
  readonly hostedZoneId?: string | undefined;
  readonly apiWarm: number;
  readonly apiConcurrency?: number | undefined;
  readonly runnerWarm: number;
  readonly runnerConcurrency?: number | undefined;
}

/** Where CloudFront keeps what it has of its own, wherever a deployment is. */
export const regionOfCloudFront = 'us-east-1';

const regionOf = (arn: string): string | undefined => arn.split(':')[3];

interface Disagreement {
  readonly option: keyof Options;
  readonly message: string;
}

/** What an option lacks, or cannot be beside others. Empty where all of them can be deployed together. */
export const disagreements = (options: Options): readonly Disagreement[] => {
  const { auth, webFront, domainName, certificateArn, hostedZoneId } = options;
  const { apiWarm, apiConcurrency, runnerWarm, runnerConcurrency } = options;
  const found: readonly (Disagreement & { readonly isWrong: boolean })[] = [
    {
      isWrong: webFront && auth !== 'cognito',
      option: 'webFront',
      message:
        'needs auth=cognito: people sign in to the console with accounts, and a page cannot sign requests for IAM',
    },
    {
      isWrong: domainName !== undefined && certificateArn === undefined,
      option: 'certificateArn',
      message: 'must be given with domainName',
    },
    {
      isWrong: certificateArn !== undefined && domainName === undefined,
      option: 'certificateArn',
      message: 'is for domainName, which is missing',
    },
    {
      isWrong: hostedZoneId !== undefined && domainName === undefined,
      option: 'hostedZoneId',
      message: 'is for domainName, which is missing',
    },
    {
      isWrong: webFront && certificateArn !== undefined && regionOf(certificateArn) !== regionOfCloudFront,
      option: 'certificateArn',
      message: `must be of ${regionOfCloudFront} with webFront=true: CloudFront takes certificates from there only`,
    },
    {
      isWrong: apiWarm > (apiConcurrency ?? Infinity),
      option: 'apiWarm',
      message: 'must not be more than apiConcurrency',
    },
    {
      isWrong: runnerWarm > (runnerConcurrency ?? Infinity),
      option: 'runnerWarm',
      message: 'must not be more than runnerConcurrency',
    },
  ];
  return found.filter(({ isWrong }) => isWrong).map(({ option, message }) => ({ option, message }));
};
