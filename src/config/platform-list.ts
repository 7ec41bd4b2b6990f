import { inPlatformOrder, type PlatformText } from '../core/platform.ts';
import type { Findings } from './findings.ts';
import type { Locator } from './locate.ts';
import type { Path } from './path.ts';
import { parsePlatform } from './platforms.ts';

/** Reads the list of platforms at `path` into the order of bashbrew's names, each once; `undefined` where it is left out, and all are kept. */
export function readPlatforms(
  texts: readonly (string | undefined)[] | undefined,
  path: Path,
  locate: Locator,
  findings: Findings,
): PlatformText[] | undefined {
  const read = new Set<PlatformText>();
  for (const [index, text] of (texts ?? []).entries()) {
    if (text === undefined) continue;
    const place = locate.value([...path, index]);
    const platform = parsePlatform(text);
    if (typeof platform !== 'string') findings.error(place, platform);
    else if (read.has(platform)) findings.warning(place, duplicate(text, platform));
    else read.add(platform);
  }
  return texts === undefined ? undefined : inPlatformOrder(read);
}

function duplicate(value: string, platform: PlatformText) {
  const message = `The platform \`${platform}\` stands in the list already.`;
  return { code: 'duplicate-platform', message, value, hint: 'Leave it out.' };
}
