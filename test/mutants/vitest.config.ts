import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// The tests of one stage, as test/mutants/main.ts names them.
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: JSON.parse(process.env['MUTANTS_TESTS'] ?? '[]'),
    testTimeout: 90_000,
    hookTimeout: 90_000,
    setupFiles: ['test/support/vitest-setup.ts', 'test/mutants/setup.ts'],
  },
});
