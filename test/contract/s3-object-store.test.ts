import { describe } from 'vitest';
import { rigAvailable } from '#test/support/rig.ts';
import { startRigBucket } from '#test/support/rig-bucket.ts';
import { objectStoreContract } from './object-store.contract.ts';

describe.skipIf(!rigAvailable())('with the cloud rig', () => {
  // s3-faults.test.ts shows that the condition is sent.
  objectStoreContract('S3', startRigBucket, { comparesCopies: false });
});
