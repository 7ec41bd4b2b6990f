import type { Tag } from '../core/names.ts';

/** A tag that begins with a version: `3.13.2-slim` is 3, 13, 2 and `-slim`. */
export interface TagParts {
  readonly numbers: readonly string[];
  /** What follows the version; may be empty. */
  readonly variant: string;
}

const versionPattern = /^(\d+(?:\.\d+)*)((?:-.*)?)$/s;

/** Takes a tag apart; `undefined` where it does not begin with a release, such as `latest` and `3.15.0rc1`. */
export function tagParts(tag: string): TagParts | undefined {
  const [, version, variant = ''] = versionPattern.exec(tag) ?? [];
  return version === undefined ? undefined : { numbers: version.split('.'), variant };
}

/** The tag of the same line and variant that upstream lists: `3.12-slim` for `3.12.4-slim`, which a later patch has replaced. */
export function successorOf(tag: string, listed: readonly Tag[]): Tag | undefined {
  const parts = tagParts(tag);
  if (parts === undefined) return undefined;
  const known = new Set<string>(listed);
  for (let length = parts.numbers.length - 1; length > 0; length -= 1) {
    const line = `${parts.numbers.slice(0, length).join('.')}${parts.variant}`;
    if (known.has(line)) return line as Tag;
  }
  return undefined;
}
