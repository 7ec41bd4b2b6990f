import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { rehearseReasons } from '../support/rehearsal/reasons.ts';

const bundle = fileURLToPath(new URL('../../../shared/data/official-images.bundle', import.meta.url));
const isAbsent = !existsSync(bundle);

test.skipIf(isAbsent)(
  `three days of real history in the rendered workflows pull nothing twice, and every cause that is told is right${isAbsent ? ' (skipped: official-images.bundle is absent)' : ''}`,
  async () => {
    const images = ['buildpack-deps', 'debian', 'redis'];
    const result = await rehearseReasons({ bundle, days: 3, images, platforms: ['linux/amd64'] });
    expect(result.failures).toEqual([]);
    expect(result.pullsByUpdate + result.pullsByApply).toBe(result.distinct);
    expect([result.pullsByUpdate, result.pullsByApply, result.applies].every((count) => count > 0)).toBe(true);
    expect(result.idle.runs).toBeGreaterThan(0);
    expect(result.idle.pulls).toBe(0);
    const judged = result.pulls.map((pull) => pull.judged);
    expect(judged.flatMap(({ others }) => others)).toEqual([]);
    expect(judged.reduce((sum, { right }) => sum + right, 0)).toBeGreaterThan(10);
  },
  900_000,
);
