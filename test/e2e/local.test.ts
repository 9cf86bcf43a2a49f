import { startLocal } from './local-deployment.ts';
import { endToEnd } from './suite.ts';

endToEnd('on one machine', startLocal);
