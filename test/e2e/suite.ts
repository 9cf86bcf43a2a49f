/** What Kinoduct promises over HTTP, wherever it runs. */
import { afterAll, beforeAll, describe } from 'vitest';
import { makeClips } from '#test/support/clips.ts';
import { accountCases } from './cases/accounts.ts';
import { badFileCases } from './cases/bad-files.ts';
import { corpusCases, someCorpusCases } from './cases/corpus.ts';
import { deliveryCases } from './cases/deliveries.ts';
import { dropCases } from './cases/drops.ts';
import { fanOutCases } from './cases/fan-out.ts';
import { importCases } from './cases/imports.ts';
import { isolationCases } from './cases/isolation.ts';
import { lifecycleCases } from './cases/lifecycle.ts';
import { outputCases } from './cases/outputs.ts';
import { planCases } from './cases/plans.ts';
import { requestCases } from './cases/requests.ts';
import { reuseCases } from './cases/reuse.ts';
import { uploadCases } from './cases/uploads.ts';
import { variantCases } from './cases/variants.ts';
import type { Context } from './context.ts';
import { clientOf, type Deployment } from './deployment.ts';
import { type Outside, startOutside } from './outside.ts';

type Cases = (context: Context) => void;

const allCases: readonly Cases[] = [
  outputCases,
  uploadCases,
  requestCases,
  importCases,
  deliveryCases,
  variantCases,
  fanOutCases,
  planCases,
  dropCases,
  lifecycleCases,
  reuseCases,
  isolationCases,
  accountCases,
  badFileCases,
  corpusCases,
];

/** For the rig, which is a second host of the same code. */
export const cloudCases = [...allCases.filter((cases) => cases !== corpusCases), someCorpusCases];

export const endToEnd = (
  name: string,
  start: (outside: Outside) => Promise<Deployment>,
  cases: readonly Cases[] = allCases,
): void => {
  describe(name, () => {
    const context = {} as Context; // true before the first case: beforeAll fills it

    beforeAll(async () => {
      const outside = await startOutside();
      Object.assign(context, { outside });
      const [deployment, clips] = await Promise.all([start(outside), makeClips()]);
      const [ana, ben, root] = await Promise.all([
        clientOf(deployment, 'ana'),
        clientOf(deployment, 'ben'),
        clientOf(deployment, 'root', { isAdmin: true }),
      ]);
      Object.assign(context, { deployment, clips, ana, ben, root });
    });
    afterAll(async () => {
      await context.deployment?.close();
      await context.clips?.close();
      await context.outside?.close();
    });

    for (const add of cases) add(context);
  });
};
