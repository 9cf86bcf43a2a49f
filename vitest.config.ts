import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Tests live by what they need. `npm test` runs all of them but `image`; those whose needs are missing skip with a reason. */
const project = (name: string, options: { timeout?: number; parallel?: boolean; setup?: string } = {}) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: options.timeout ?? 5_000,
    hookTimeout: options.timeout ?? 30_000,
    fileParallelism: options.parallel ?? true,
    ...(options.setup ? { globalSetup: [options.setup] } : {}),
  },
});

export default defineConfig({
  test: {
    globalSetup: ['test/support/ffmpeg-setup.ts', 'test/support/postgres-setup.ts'],
    // Tests wait for servers and for FFmpeg: one worker more than there are processors keeps all of them busy.
    maxWorkers: availableParallelism() + 1,
    projects: [
      project('unit'),
      project('contract', { timeout: 60_000 }),
      project('media', { timeout: 120_000 }),
      project('infra', { timeout: 120_000, setup: 'test/support/synth-setup.ts' }),
      project('workflow', { timeout: 60_000 }),
      project('e2e', { timeout: 300_000 }),
      project('faults', { timeout: 300_000 }),
      project('cloud', { timeout: 300_000 }),
      project('rehearsal', { timeout: 300_000, parallel: false }),
      project('image', { timeout: 300_000, parallel: false }),
    ],
  },
});
