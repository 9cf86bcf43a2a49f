/** The one table, as data: what the emulator in the tests is given, and what the CDK stack has to make. */
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';

/** Rows past this instant (seconds since the epoch) count as gone; DynamoDB deletes them some time later. */
export const ttlAttribute = 'ttl';

/** Whole jobs by owner, newest last. */
export const ownerIndex = 'gsi1';
/** Sparse: only what something still has to happen to, oldest first. */
export const openIndex = 'gsi2';

export const tableDefinition = {
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
    { AttributeName: 'gsi1pk', AttributeType: 'S' },
    { AttributeName: 'gsi1sk', AttributeType: 'S' },
    { AttributeName: 'gsi2pk', AttributeType: 'S' },
    { AttributeName: 'gsi2sk', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: ownerIndex,
      KeySchema: [
        { AttributeName: 'gsi1pk', KeyType: 'HASH' },
        { AttributeName: 'gsi1sk', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    },
    {
      IndexName: openIndex,
      KeySchema: [
        { AttributeName: 'gsi2pk', KeyType: 'HASH' },
        { AttributeName: 'gsi2sk', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['id', 'status', 'createdAt'] },
    },
  ],
} as const satisfies Omit<CreateTableCommandInput, 'TableName'>;
