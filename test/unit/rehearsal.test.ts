/** The combinations of options that `npm run rehearse` synthesizes. */
import { expect, test } from 'vitest';
import { DeployConfig, optionProblems } from '#lib/config.ts';
import { combinations } from '../../scripts/rehearsal/combinations.ts';

test('are at least eight, and each can be deployed', () => {
  expect(Object.keys(combinations).length).toBeGreaterThanOrEqual(8);
  for (const [name, options] of Object.entries(combinations)) expect(optionProblems(options), name).toEqual([]);
});

test('have every value of every option that adds or takes away resources', () => {
  const deployed = Object.values(combinations).map((options) => DeployConfig.parse(options));
  const adding = [
    ...(['auth', 'database', 'runnerArchitecture', 'drop', 'fargate', 'fargateSpot', 'webFront', 'waf'] as const),
    ...(['contentAnalysis', 'domainName', 'hostedZoneId', 'alarmEmail', 'apiWarm', 'runnerWarm'] as const),
  ];
  for (const option of adding)
    expect(new Set(deployed.map((config) => config[option])).size, option).toBeGreaterThan(1);
});
