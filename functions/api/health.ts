/** Whether storage, database and workflow answer. Asked at most once in a few seconds, since anyone may ask. */
import * as z from 'zod';
import type { ApiDeps } from './deps.ts';

export const Check = z.enum(['ok', 'failed']);
type Check = z.output<typeof Check>;
export type Checks = { readonly storage: Check; readonly db: Check; readonly workflow: Check };

type Deps = Pick<ApiDeps, 'objects' | 'jobs' | 'workflow' | 'clock' | 'log'>;

const freshMs = 5000;
const longestMs = 3000;
/** An id that no job ever gets: the time in it is the first moment of 1970. */
const nobody = 'job_00000000000000000000000000';

const check = async ({ clock, log }: Deps, name: string, ask: () => Promise<unknown>): Promise<Check> => {
  const done = new AbortController();
  const late = async (): Promise<never> => {
    await clock.sleep(longestMs, done.signal);
    throw new Error(`no answer within ${longestMs} ms`);
  };
  try {
    await Promise.race([ask(), late()]);
    return 'ok';
  } catch (error) {
    log.warn('health check failed', { check: name, reason: String(error) });
    return 'failed';
  } finally {
    done.abort();
  }
};

const askAll = async (deps: Deps): Promise<Checks> => {
  const [storage, db, workflow] = await Promise.all([
    check(deps, 'storage', () => deps.objects.head('uploads/health')),
    check(deps, 'db', () => deps.jobs.get(nobody)),
    check(deps, 'workflow', () => deps.workflow.status({ jobId: nobody, attempt: 1 })),
  ]);
  return { storage, db, workflow };
};

const remembered = new WeakMap<Deps['jobs'], { readonly until: number; readonly checks: Promise<Checks> }>();

export const checkHealth = async (deps: Deps): Promise<Checks> => {
  const now = deps.clock.now();
  const known = remembered.get(deps.jobs);
  if (known && now < known.until) return known.checks;
  const checks = askAll(deps);
  remembered.set(deps.jobs, { until: now + freshMs, checks });
  return checks;
};
