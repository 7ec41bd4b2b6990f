import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { rehearse } from '../support/rehearsal/rehearse.ts';

const bundle = fileURLToPath(new URL('../../../shared/data/official-images.bundle', import.meta.url));
const isAbsent = !existsSync(bundle);

test.skipIf(isAbsent)(
  `three days of real history end with no second pull request, lost edit, wrong tag or needless commit${isAbsent ? ' (skipped: official-images.bundle is absent)' : ''}`,
  async () => {
    const result = await rehearse({ bundle, days: 3, images: ['crate', 'dart', 'ghost'] });
    expect(result.failures).toEqual([]);
    expect(result.fates.slice(0, 2)).toEqual(['merged at once', 'edited']);
    expect(result.opened).toBe(result.fates.length);
    expect(result.pullsByLock).toBe(0);
    expect(result.applies).toBeGreaterThan(0);
  },
  900_000,
);
