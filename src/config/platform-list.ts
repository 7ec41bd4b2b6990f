import type { PlatformText } from '../core/platform.ts';
import type { Findings } from './findings.ts';
import type { Locator } from './locate.ts';
import { inOrder, parsePlatform } from './platforms.ts';

/** Reads `platforms` into the order of bashbrew's names, each once; `undefined` where it is left out, and all are kept. */
export function readPlatforms(
  texts: readonly (string | undefined)[] | undefined,
  locate: Locator,
  findings: Findings,
): PlatformText[] | undefined {
  const read = new Set<PlatformText>();
  for (const [index, text] of (texts ?? []).entries()) {
    if (text === undefined) continue;
    const place = locate.value(['platforms', index]);
    const platform = parsePlatform(text);
    if (typeof platform !== 'string') findings.error(place, platform);
    else if (read.has(platform)) findings.warning(place, duplicate(text, platform));
    else read.add(platform);
  }
  return texts === undefined ? undefined : inOrder([...read]);
}

function duplicate(value: string, platform: PlatformText) {
  const message = `The platform \`${platform}\` stands in the list already.`;
  return { code: 'duplicate-platform', message, value, hint: 'Leave it out.' };
}
