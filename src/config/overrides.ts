import { defined } from '../core/defined.ts';
import type { Findings } from '../yaml/findings.ts';
import type { Locator, Path } from '../yaml/locate.ts';
import { parsePattern } from './patterns.ts';
import { readPlatforms } from './platforms.ts';
import type { MirrorsYaml } from './schema.gen.ts';
import type { PartialData } from './shape.ts';
import type { Override } from './types.ts';

/** Reads `overrides` into their normal form. What is wrong goes to `findings`, and its override is left out. */
export function readOverrides(
  overrides: PartialData<MirrorsYaml['overrides']>,
  locate: Locator,
  findings: Findings,
): Override[] {
  return (overrides ?? []).flatMap((data, index) => {
    if (data?.image === undefined) return [];
    const path: Path = ['overrides', index];
    const image = parsePattern(data.image, 'image', locate.value([...path, 'image']));
    if (!('matches' in image)) {
      findings.error(locate.value([...path, 'image']), image);
      return [];
    }
    const { attestations } = data;
    if (!('platforms' in data) && !('attestations' in data)) warnOfIdle(path, data.image, locate, findings);
    const platforms =
      typeof data.platforms === 'string'
        ? data.platforms
        : readPlatforms(data.platforms, [...path, 'platforms'], locate, findings);
    return [
      {
        place: locate.value(path),
        image,
        ...defined({ platforms, attestations }),
      },
    ];
  });
}

function warnOfIdle(path: Path, value: string, locate: Locator, findings: Findings): void {
  const message = 'This override sets neither `platforms` nor `attestations`.';
  const hint = 'Add `platforms` or `attestations`, or remove the override.';
  findings.warning(locate.value(path), { code: 'idle-override', message, value, hint });
}
