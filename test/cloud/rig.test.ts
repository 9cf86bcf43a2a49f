import { describe, test } from 'vitest';
import { rigAvailable } from '#test/support/rig.ts';
import { cloudCases, endToEnd } from '../e2e/suite.ts';
import { deployToRig } from './deploy.ts';

if (rigAvailable()) endToEnd('on AWS, as the rig has it', deployToRig, cloudCases);
else describe('on AWS', () => test.skip('skipped: the rig (../shared/cloud-rig) is not here', () => {}));
