import { expect, test } from 'vitest';
import type { Finding } from '#core/job/findings.ts';
import { planOf } from '#test/support/plans.ts';
import { aProbe } from '#test/support/records.ts';

const probes = { video: aProbe() };
const rect = { x: 0, y: 60, width: 1280, height: 600 };

test('a task that was planned before something was found is the same after: it may be done already', () => {
  const outputs = {
    plain: { type: 'video', encode: 'mp4' },
    cropped: { type: 'video', encode: 'mp4', edit: [{ crop: 'auto' }] },
  };
  const first = planOf(outputs, probes);
  expect(first.complete).toBe(false);
  const looking = first.tasks.filter(({ kind }) => kind === 'analyse').map(({ id }) => id);
  const found: Finding = { kind: 'crop', rect };
  const second = planOf(outputs, probes, { findings: Object.fromEntries(looking.map((id) => [id, found])) });
  expect(second.complete).toBe(true);
  for (const task of first.tasks) expect(second.tasks).toContainEqual(task);
});
