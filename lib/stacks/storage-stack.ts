import { type App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  type IBucket,
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  CfnBucket,
  HttpMethods,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { type DeployConfig, isProtected, stackName } from '../config.ts';
import { pagesWithFiles } from '../pages.ts';

/** For every bucket. */
export const locked = {
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  encryption: BucketEncryption.S3_MANAGED,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  removalPolicy: RemovalPolicy.RETAIN,
};

export const abandonedParts = { id: 'abandoned-parts', abortIncompleteMultipartUploadAfter: Duration.days(1) };

/** What each prefix keeps, and for how long. `core/job/keys.ts` says what lies where. */
const lifecycle = ({ uploadRetentionDays }: DeployConfig) => [
  abandonedParts,
  { id: 'uploads', prefix: 'uploads/', expiration: Duration.days(uploadRetentionDays) },
  { id: 'work', prefix: 'work/', expiration: Duration.days(7) },
  { id: 'replaced-or-removed', noncurrentVersionExpiration: Duration.days(7) },
  { id: 'delete-markers', expiredObjectDeleteMarker: true },
];

/**
 * An upload may be written once: a URL that was signed without the condition, or with it stripped, is refused. Starting
 * a multipart upload and sending its parts cannot carry the header; completing it can and must.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
 */
const uploadsAreWrittenOnce = (media: IBucket): PolicyStatement =>
  new PolicyStatement({
    sid: 'UploadsAreWrittenOnce',
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: ['s3:PutObject'],
    resources: [media.arnForObjects('uploads/*')],
    conditions: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
  });

/** A signed address lives as long as the API signs it for, whatever a later mistake signs. */
const signaturesAreShort = (media: IBucket, action: string, objects: string, seconds: number): PolicyStatement =>
  new PolicyStatement({
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: [action],
    resources: [media.arnForObjects(objects)],
    conditions: {
      StringEquals: { 's3:authType': 'REST-QUERY-STRING' },
      NumericGreaterThan: { 's3:signatureAge': String(seconds * 1000) },
    },
  });

/** `eventBridgeEnabled` of the construct brings a custom resource with a Lambda function of its own. */
const tellsEventBridge = (bucket: Bucket): void => {
  const resource = bucket.node.defaultChild;
  if (!(resource instanceof CfnBucket)) throw new Error('a bucket has no CfnBucket');
  resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
};

/** What people put in and take out; nothing of it expires by itself. Kept apart from the media that the API signs for. */
const dropBucket = (stack: Stack, accessLog: IBucket): IBucket => {
  const drop = new Bucket(stack, 'Drop', {
    ...locked,
    versioned: true,
    serverAccessLogsBucket: accessLog,
    serverAccessLogsPrefix: 'drop/',
    lifecycleRules: [
      abandonedParts,
      { id: 'replaced-or-removed', noncurrentVersionExpiration: Duration.days(7) },
      { id: 'delete-markers', expiredObjectDeleteMarker: true },
    ],
  });
  tellsEventBridge(drop);
  new CfnOutput(stack, 'DropBucket', { value: drop.bucketName, description: 'Put files below inbox/<template>/' });
  return drop;
};

export interface Storage {
  readonly media: IBucket;
  /** Undefined where the deployment has none. */
  readonly drop: IBucket | undefined;
}

/** The bucket that holds all media, the one that files are dropped into, and the one that holds their access logs. */
export const storageStack = (app: App, config: DeployConfig): Storage => {
  const stack = new Stack(app, stackName(config, 'storage'), {
    description: 'Kinoduct: media of jobs',
    terminationProtection: isProtected(config),
  });

  const accessLog = new Bucket(stack, 'AccessLog', {
    ...locked,
    versioned: false,
    lifecycleRules: [abandonedParts, { id: 'old', expiration: Duration.days(90) }],
  });

  const pages = pagesWithFiles(config);
  const media = new Bucket(stack, 'Media', {
    ...locked,
    versioned: true,
    serverAccessLogsBucket: accessLog,
    serverAccessLogsPrefix: 'media/',
    lifecycleRules: lifecycle(config),
    cors:
      pages.length > 0
        ? [
            {
              allowedOrigins: [...pages],
              allowedMethods: [HttpMethods.GET, HttpMethods.HEAD, HttpMethods.PUT],
              allowedHeaders: ['*'],
              exposedHeaders: ['ETag', 'Content-Length', 'Content-Range', 'Accept-Ranges'],
              maxAge: 3600,
            },
          ]
        : [],
  });
  for (const statement of [
    uploadsAreWrittenOnce(media),
    signaturesAreShort(media, 's3:PutObject', 'uploads/*', config.uploadUrlSeconds),
    signaturesAreShort(media, 's3:GetObject', 'outputs/*', config.downloadUrlSeconds),
  ])
    media.addToResourcePolicy(statement);

  tellsEventBridge(media);

  return { media, drop: config.drop ? dropBucket(stack, accessLog) : undefined };
};
