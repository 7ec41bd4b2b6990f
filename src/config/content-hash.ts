import { createHash } from 'node:crypto';
import type { UpstreamAddress } from '../upstream/types.ts';
import { ruleIdentity } from './image-rules.ts';
import type { Config } from './types.ts';

/** What of a configuration decides the lockfile's content. `source` is as written: its variables are not replaced. */
export interface Content extends Pick<Config, 'include' | 'exclude' | 'platforms'> {
  readonly upstream: UpstreamAddress;
  readonly source: { readonly registry: string; readonly namespace: string };
}

/**
 * A digest of what decides the lockfile's content: `sha256:` and 64 hexadecimal digits. The order of rules and of values does
 * not count, nor how they are written in YAML.
 */
export function contentHash({ upstream, source, platforms, include, exclude }: Content): string {
  const identities = (rules: Config['include']) => [...new Set(rules.map(ruleIdentity))].sort();
  const canonical = JSON.stringify([
    'mirrorlock/config/v1',
    [upstream.repository, upstream.ref],
    [source.registry, source.namespace],
    platforms ?? null,
    identities(include),
    identities(exclude),
  ]);
  return `sha256:${createHash('sha256').update(canonical).digest('hex')}`;
}
