import { guardedWeb } from '#adapters/http/web.ts';
import { webContract } from './web.contract.ts';

webContract('guarded', (privateHosts) =>
  guardedWeb({ privateHosts, limits: { backoffSeconds: 0.01, tries: 3, answerSeconds: 5 } }),
);
