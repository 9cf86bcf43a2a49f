import { expect, test } from 'vitest';
import { readLoadOptions } from '#cli/load/options.ts';
import { chosen } from '#cli/load/people.ts';
import { percentile, recorder, reportLines } from '#cli/load/report.ts';

test('a percentile is the smallest value that this share of all does not exceed', () => {
  const hundred = Array.from({ length: 100 }, (_, n) => 100 - n);
  expect([0.5, 0.95, 0.99, 1].map((share) => percentile(hundred, share))).toEqual([50, 95, 99, 100]);
  expect(percentile([7], 0.5)).toBe(7);
  expect(percentile([], 0.5)).toBeNull();
});

test('people upload ten times as often as they ask for the health of the server', () => {
  const counts = new Map<unknown, number>();
  for (let n = 0; n < 21; n += 1) counts.set(chosen(n / 21), (counts.get(chosen(n / 21)) ?? 0) + 1);
  expect([...counts.values()]).toEqual([10, 5, 3, 2, 1]);
});

test('what fails is counted with its reason, passed on, and not among the times', async () => {
  let clock = 0;
  const record = recorder(() => (clock += 100));
  await record.timed('upload', async () => 1);
  await expect(
    record.timed('upload', () => {
      throw new Error('reset');
    }),
  ).rejects.toThrow('reset');
  expect(record.rows()).toEqual([{ what: 'upload', count: 2, failed: 1, p50: 100, p95: 100, p99: 100 }]);
  expect(reportLines(record, 2).join('\n')).toMatch(/upload +2 +1 +0\.50 +100 ms[\s\S]+1 × reset/);
});

test('options have the defaults of the usage, and a wrong one is named', () => {
  expect(readLoadOptions([])).toMatchObject({ options: { jobs: 50, concurrent: 5, 'video-size': 10 } });
  expect(readLoadOptions(['--users', '50', '--burst'])).toMatchObject({
    options: { users: 50, burst: true, 'spawn-rate': 5 },
  });
  expect(readLoadOptions(['--jobs', '0'])).toMatchObject({ wrong: expect.stringContaining('--jobs') });
  expect(readLoadOptions(['--size', '1'])).toMatchObject({ wrong: expect.stringContaining('--size') });
  expect(readLoadOptions(['--help'])).toEqual({ help: true });
});
