import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/support/global-setup.ts',
    setupFiles: 'test/support/vitest-setup.ts',
    // More than processors: tests wait for the processes that they start and for answers, most of the time.
    maxWorkers: Math.ceil(1.5 * Math.max(2, availableParallelism())),
    testTimeout: 90_000,
    hookTimeout: 90_000,
    coverage: { include: ['src/**'] },
  },
});
