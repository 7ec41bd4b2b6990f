import { createHash } from 'node:crypto';
import type { UpstreamAddress } from '../upstream/types.ts';
import { ruleIdentity } from './image-rules.ts';
import type { Config } from './types.ts';

/** What of a configuration decides the lockfile's content. `source` is as written: its variables are not replaced. */
export interface Content extends Pick<Config, 'include' | 'exclude' | 'platforms' | 'attestations' | 'overrides'> {
  readonly upstream: UpstreamAddress;
  readonly source: { readonly registry: string; readonly namespace: string };
}

/**
 * A digest of what decides the lockfile's content: `sha256:` and 64 hexadecimal digits. The order of rules and of values does
 * not count (that of overrides does), nor how they are written in YAML.
 */
export function contentHash(content: Content): string {
  const { upstream, source, platforms, include, exclude } = content;
  const identities = (rules: Config['include']) => [...new Set(rules.map(ruleIdentity))].sort();
  const canonical = JSON.stringify([
    'mirrorlock/config/v1',
    [upstream.repository, upstream.ref],
    [source.registry, source.namespace],
    platforms ?? null,
    identities(include),
    identities(exclude),
    ...keptBesides(content),
  ]);
  return `sha256:${createHash('sha256').update(canonical).digest('hex')}`;
}

/** Nothing where nothing is said: configurations that were hashed before there were such words keep their hash. */
function keptBesides({ attestations = 'keep', overrides = [] }: Content): unknown[] {
  if (attestations === 'keep' && overrides.length === 0) return [];
  const own = overrides.map(({ image, platforms, attestations }) => [
    image.text,
    platforms ?? null,
    attestations ?? null,
  ]);
  return [attestations, own];
}
