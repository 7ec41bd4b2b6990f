import { randomUUID } from 'node:crypto';
import { onTestFailed } from 'vitest';
import { type Random, randomFrom } from './random.ts';

/** Random choices for the running test: a new seed each time, told where the test fails; `TEST_SEED` repeats one. */
export function seededRandom(): Random {
  const seed = process.env['TEST_SEED'] ?? randomUUID();
  onTestFailed(() => console.error(`The random choices of this test are repeated by TEST_SEED=${seed}.`));
  return randomFrom(seed);
}
