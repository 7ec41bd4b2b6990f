import { defined } from '../core/defined.ts';
import { parseDuration } from '../core/duration.ts';
import { defaults } from './defaults.ts';
import type { EndpointContext } from './registries.ts';
import type { MirrorsYaml } from './schema.gen.ts';
import type { PartialData } from './shape.ts';
import type { Config } from './types.ts';

/** When and how much `prune` deletes. */
export interface PrunePolicy {
  /** How long a tag must have been gone from the merged lockfile (ms). */
  readonly afterMs: number;
  /** The most tags of one run at one destination. */
  readonly tags: number;
  /** The same, of a hundred tags that the lockfile names. */
  readonly percent: number;
}

/** What of the configuration is policy. */
export type Policy = Pick<Config, 'dropped' | 'prune' | 'backup'>;

/** When and how much is deleted, with all that was left out filled in. */
export function prunePolicyOf({ prune = {} }: Pick<Config, 'prune'>): PrunePolicy {
  return { ...usual, ...prune };
}

const { after, tags, percent } = defaults.prune;
const usual: PrunePolicy = { afterMs: parseDuration(after) ?? 0, tags, percent };

/** Reads `policy`, and checks what the schema cannot say. What is wrong goes to the context's findings. */
export function readPolicy(
  data: PartialData<MirrorsYaml>['policy'],
  { locate, findings }: Pick<EndpointContext, 'locate' | 'findings'>,
): Policy {
  const { dropped = defaults.dropped, prune, backup } = data ?? {};
  if (backup === '{{tag}}') {
    const message = 'A backup name must differ from the tag.';
    const hint = 'Write a name such as `{{tag}}-previous`.';
    findings.error(locate.value(['policy', 'backup']), { code: 'backup-name', message, value: backup, hint });
  }
  if (prune !== undefined && dropped === 'keep') {
    const message = '`policy.prune` has no effect: `dropped` is `keep`.';
    findings.warning(locate.key(['policy', 'prune']), { code: 'idle-prune', message, hint: 'Leave it out.' });
  }
  const afterMs = prune?.after === undefined ? undefined : parseDuration(prune.after);
  const written = {
    ...defined({ afterMs }),
    ...(prune?.atMost?.tags === undefined ? {} : { tags: prune.atMost.tags }),
    ...(prune?.atMost?.percent === undefined ? {} : { percent: prune.atMost.percent }),
  };
  return { dropped, ...(prune === undefined ? {} : { prune: written }), ...defined({ backup }) };
}
