/**
 * What AWS charges, as a dated table with the source of each row. Nothing here is looked up while a job runs: a
 * deployment with other prices (another region, a discount) states them in its configuration.
 */
import * as z from 'zod';

type Price = { readonly usd: number; readonly per: string; readonly source: string };

/** The day on which the table was put together. */
const tableDate = '2026-11-21';

const pages = {
  lambda: 'https://aws.amazon.com/lambda/pricing/',
  fargate: 'https://aws.amazon.com/fargate/pricing/',
  states: 'https://aws.amazon.com/step-functions/pricing/',
  s3: 'https://aws.amazon.com/s3/pricing/',
  dynamodb: 'https://aws.amazon.com/dynamodb/pricing/on-demand/',
  gateway: 'https://aws.amazon.com/api-gateway/pricing/',
  polly: 'https://aws.amazon.com/polly/pricing/',
  rekognition: 'https://aws.amazon.com/rekognition/pricing/',
  transcribe: 'https://aws.amazon.com/transcribe/pricing/',
  mediaconvert: 'https://aws.amazon.com/mediaconvert/pricing/',
} as const;

/** us-east-1, list prices, without the free tier. */
const table = {
  lambdaGbSecondX86: { usd: 0.000_016_666_7, per: 'GB-second', source: pages.lambda },
  lambdaGbSecondArm: { usd: 0.000_013_333_4, per: 'GB-second', source: pages.lambda },
  lambdaRequest: { usd: 0.000_000_2, per: 'request', source: pages.lambda },
  /** Of scratch space above 512 MB. */
  lambdaStorageGbSecond: { usd: 0.000_000_030_9, per: 'GB-second', source: pages.lambda },
  fargateVcpuHourX86: { usd: 0.040_48, per: 'vCPU-hour', source: pages.fargate },
  fargateGbHourX86: { usd: 0.004_445, per: 'GB-hour', source: pages.fargate },
  fargateVcpuHourArm: { usd: 0.032_38, per: 'vCPU-hour', source: pages.fargate },
  fargateGbHourArm: { usd: 0.003_56, per: 'GB-hour', source: pages.fargate },
  /** Of disk above 20 GB. */
  fargateDiskGbHour: { usd: 0.000_111, per: 'GB-hour', source: pages.fargate },
  /** What is left of the price of Fargate on spare capacity; it varies, this is its usual height. */
  fargateSpotShare: { usd: 0.3, per: 'dollar of Fargate', source: pages.fargate },
  stateTransition: { usd: 0.000_025, per: 'transition', source: pages.states },
  s3Put: { usd: 0.000_005, per: 'request', source: pages.s3 },
  s3Get: { usd: 0.000_000_4, per: 'request', source: pages.s3 },
  s3GbMonth: { usd: 0.023, per: 'GB-month', source: pages.s3 },
  dynamoWrite: { usd: 0.000_000_625, per: 'write unit', source: pages.dynamodb },
  dynamoRead: { usd: 0.000_000_125, per: 'read unit', source: pages.dynamodb },
  apiRequest: { usd: 0.000_001, per: 'request', source: pages.gateway },
  pollyStandardCharacter: { usd: 0.000_004, per: 'character', source: pages.polly },
  pollyNeuralCharacter: { usd: 0.000_016, per: 'character', source: pages.polly },
  /** ElevenLabs sells its characters in plans; this is the price of one on the plan "Creator". */
  elevenlabsCharacter: { usd: 0.000_22, per: 'character', source: 'https://elevenlabs.io/pricing' },
  /** DetectLabels and DetectModerationLabels (group 2), of the first million a month; written down from memory. */
  rekognitionPicture: { usd: 0.001, per: 'picture', source: pages.rekognition },
  /** Batch, of the first 250,000 minutes a month, each sound at least 15 seconds; written down from memory. */
  transcribeSecond: { usd: 0.000_4, per: 'second', source: pages.transcribe },
  /** For comparison only: basic tier, AVC, HD at up to 30 pictures a second, one pass. */
  mediaconvertHdMinute: { usd: 0.015, per: 'output minute', source: pages.mediaconvert },
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof table;
export const priceNames = Object.keys(table) as readonly PriceName[]; // true: `table` is a const object

/** The table with its units and sources, for the reference and the tests. */
export const priceTable: Readonly<Record<PriceName, Price>> = table;

export type Prices = Readonly<Record<PriceName, number>> & {
  /** The day of the table; of a deployment that states its own, the day that it names. */
  readonly asOf: string;
};

const fromTable = Object.fromEntries(priceNames.map((name) => [name, table[name].usd])) as Record<PriceName, number>; // true: of every name

export const listPrices: Prices = { ...fromTable, asOf: tableDate };

/** Prices of a deployment: those that it states instead of ours, and the day they are of. */
export const PriceOverrides = z.strictObject({
  asOf: z.iso.date().optional(),
  ...z.object(Object.fromEntries(priceNames.map((name) => [name, z.number().min(0)]))).partial().shape,
});
export type PriceOverrides = { readonly asOf?: string | undefined } & Readonly<Partial<Record<PriceName, number>>>;

/** The table with what a deployment states instead. */
export const pricesWith = (overrides: PriceOverrides): Prices => {
  const { asOf, ...usd } = overrides;
  return { ...listPrices, ...usd, asOf: asOf ?? listPrices.asOf };
};
