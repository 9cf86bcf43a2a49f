import { expect, test } from 'vitest';
import type { MakeTask, Plan } from '#core/job/plan.ts';
import { mostContainers } from '#core/planner/capacity.ts';
import { previewOf } from '#core/planner/preview.ts';
import { BillingConfig, billingOf } from '#core/usecases/billing.ts';
import { aTask } from '#test/support/records.ts';
import { aProbe } from '#test/support/probes.ts';

/** Two hours of film. */
const long = (id: string, overrides: Partial<MakeTask> = {}): MakeTask =>
  aTask({
    id,
    commands: [{ arguments: ['-i', 'file:video.mp4', '-c:v', 'libx264', 'file:out.mp4'], progressSeconds: 7200 }],
    writes: [{ output: 'mp4', file: 'out.mp4', contentType: 'video/mp4', expects: { durationSeconds: 7200 } }],
    ...overrides,
  });

const containersOf = (tasks: Plan['tasks']): string[] => {
  const plan = { hash: 'h', complete: true, stages: [tasks.map(({ id }) => id)], skipped: {}, warnings: [] };
  const { containers } = previewOf({
    plan: { ...plan, tasks },
    fetches: [],
    imports: [],
    probes: { video: aProbe({ durationSeconds: 7200 }) },
    kept: new Set(['mp4']),
    deliveries: 0,
    billing: billingOf(BillingConfig.parse({ FARGATE_VCPUS: '4' })),
  });
  return Object.keys(containers);
};

test('what is long runs in a container; what is short does not, nor a piece of a film, which was cut for functions', () => {
  expect(containersOf([long('whole'), long('piece', { cut: ['mp4'] }), aTask({ id: 'short' })])).toEqual(['whole']);
});

test('no more tasks run in containers than an execution holds: the first of them', () => {
  const tasks = Array.from({ length: mostContainers + 3 }, (_, n) => long(`task-${n}`));
  expect(containersOf(tasks)).toEqual(tasks.slice(0, mostContainers).map(({ id }) => id));
});
