import { platformsKept } from '../config/platforms.ts';
import type { Config } from '../config/types.ts';
import { attempt } from '../core/attempt.ts';
import type { Digest, ImageName } from '../core/names.ts';
import { isRewritten, type Lockfile } from '../lock/types.ts';
import { knownIndexes } from '../platforms/platforms.ts';
import { indexDigest, isEnough, pick } from '../resolve/children.ts';
import type { SeenIndex } from '../resolve/types.ts';
import type { Context } from '../session/context.ts';
import { beginBudget, openBudget, openSourcesOf } from '../session/source-session.ts';
import { indexReader } from './ask-source.ts';
import type { Changed, Failed } from './judge-change.ts';

/** Which rewritten indexes are what their sources give. */
interface ComparedIndexes {
  readonly differ: readonly Changed[];
  readonly failed: readonly Failed[];
}

/**
 * Makes each rewritten index anew of the indexes that it names as its sources. What the earlier lockfile tells of them is not
 * read; anything else is, at the alternates, else at the source within the budget of pulls.
 */
export async function compareIndexes(
  context: Context,
  config: Config,
  base: Lockfile | undefined,
  changed: readonly Changed[],
): Promise<ComparedIndexes> {
  const rewritten = changed.filter(({ group }) => isRewritten(group));
  const [first] = rewritten;
  if (first === undefined) return { differ: [], failed: [] };
  const { source } = config;
  const run = await openBudget(context, source);
  const sources = openSourcesOf(context, source, run.allowance, { store: run.store });
  const read = indexReader(sources, source);
  const known = knownIndexes(base);
  try {
    const [reference = first.group.digest] = first.group.index?.sources ?? [];
    await beginBudget(run, sources.client, source.namespace, { image: first.image, reference });
    const compared = await Promise.all(
      rewritten.map(async (one) => ({ one, follows: await attempt(() => follows(one, config, known, read)) })),
    );
    return {
      differ: compared.flatMap(({ one, follows }) => (follows.ok && !follows.value ? [one] : [])),
      failed: compared.flatMap(({ one, follows }) => (follows.ok ? [] : [{ one, problem: follows.problem }])),
    };
  } finally {
    await sources.close();
  }
}

/** Whether each source of a group gives its index, by what the configuration keeps. */
async function follows(
  { image, group: { digest, index } }: Changed,
  config: Config,
  known: ReturnType<typeof knownIndexes>,
  read: (image: ImageName, digest: Digest) => Promise<SeenIndex>,
): Promise<boolean> {
  const keep = platformsKept(config, image);
  if (keep === undefined) return false;
  const given = (index?.sources ?? []).map(async (source) => {
    const told = known(image, source);
    const seen = told !== undefined && isEnough(told, keep) ? told : await read(image, source);
    return indexDigest(pick(seen, keep).children);
  });
  return (await Promise.all(given)).every((one) => one === digest);
}
