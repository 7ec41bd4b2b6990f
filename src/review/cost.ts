import { prose } from '../core/markdown/inline.ts';
import { type Markdown, md } from '../core/markdown/markdown.ts';
import { type Lockfile, lockedGroups } from '../lock/types.ts';
import type { ChangeCost } from './types.ts';

/** What applying costs, in words. Without a known cost, each digest of an image that was not locked before is a pull. */
export function costText(cost: ChangeCost | undefined, before: Lockfile | undefined, after: Lockfile): Markdown {
  if (cost === undefined) {
    const pulls = newDigests(before, after);
    if (pulls === 0) return md`no pull: nothing has to be copied.`;
    return md`at least ${pulls} counted ${pullWord(pulls)}, one for each new digest; each platform of it may be one more.`;
  }
  const size = cost.bytes === undefined ? md`; the size is not known` : md` and ${prose(bytesText(cost.bytes))}`;
  return md`at least ${cost.pulls} counted ${pullWord(cost.pulls)}${size}.`;
}

function pullWord(count: number): Markdown {
  return count === 1 ? md`pull` : md`pulls`;
}

function newDigests(before: Lockfile | undefined, after: Lockfile): number {
  const known = digestsOf(before);
  return [...digestsOf(after)].filter((digest) => !known.has(digest)).length;
}

function digestsOf(lockfile: Lockfile | undefined): Set<string> {
  const images = lockfile?.images ?? [];
  return new Set(images.flatMap((image) => lockedGroups(image).map(({ digest }) => `${image.image} ${digest}`)));
}

const units = ['kB', 'MB', 'GB', 'TB'] as const;

/** Bytes in decimal units, as registries bill them: `1.2 GB`. */
export function bytesText(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length);
  const unit = units[power - 1];
  return unit === undefined ? `${bytes} bytes` : `${(bytes / 1000 ** power).toFixed(1)} ${unit}`;
}
