import type { Digest } from '../../../src/core/names.ts';
import type { BuildHistory, BuildRecord } from '../miniature/official.ts';

/** Why an image is another one, as those who built it know. */
export type Truth =
  | { readonly kind: 'source' }
  /** `roots`: bases that moved of themselves, by the names that Dockerfiles take them by; `bases`: those on the way, too. */
  | { readonly kind: 'base'; readonly bases: readonly string[]; readonly roots: readonly string[] }
  | { readonly kind: 'neither' }
  /** Nothing that upstream publishes says it. */
  | { readonly kind: 'untold' };

/**
 * Why one index of upstream differs from another, of the platforms that are kept: another source before a base that moved,
 * and that before a build of the same. Pure.
 */
export function truthOf(history: BuildHistory, from: Digest, to: Digest, platforms: readonly string[]): Truth {
  const pairs = platforms.flatMap((platform) => {
    const [old, now] = [from, to].map((index) => buildFor(history, index, platform));
    return old === undefined || now === undefined ? [] : [{ old, now }];
  });
  if (pairs.some(({ old, now }) => old.source !== now.source)) return { kind: 'source' };
  const moved = pairs.filter(
    ({ old, now }) => old.base?.name !== now.base?.name || old.base?.digest !== now.base?.digest,
  );
  if (moved.length > 0) {
    const chains = moved.map(({ old, now }) => movedBases(history, old, now));
    const roots = chains.flatMap((chain) => chain.at(-1) ?? []);
    return { kind: 'base', bases: [...new Set(chains.flat())], roots: [...new Set(roots)] };
  }
  return pairs.length > 0 ? { kind: 'neither' } : { kind: 'untold' };
}

function buildFor({ builds, indexes }: BuildHistory, index: Digest, platform: string): BuildRecord | undefined {
  return (indexes.get(index) ?? [])
    .flatMap((digest) => builds.get(digest) ?? [])
    .find((build) => build.platform === platform);
}

/** The bases that moved, from the top: the last of them moved of itself, and not only since its own base did. */
function movedBases({ builds }: BuildHistory, old: BuildRecord, now: BuildRecord): string[] {
  const chain: string[] = [];
  for (let [before, after] = [old, now]; after.base !== undefined; ) {
    chain.push(after.base.name);
    const [lower, upper] = [before.base?.digest, after.base.digest].map((digest) => digest && builds.get(digest));
    const isOwn = !lower || !upper || lower.source !== upper.source || lower.build !== upper.build;
    if (isOwn || lower.base?.digest === upper.base?.digest) return chain;
    [before, after] = [lower, upper];
  }
  return chain;
}
