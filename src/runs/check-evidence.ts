import { type Changes, changesOf } from '../changes/changes.ts';
import { unreadLines } from '../changes/inside.ts';
import type { Config } from '../config/types.ts';
import { defined } from '../core/defined.ts';
import type { Problem } from '../core/problem.ts';
import { someOf } from '../core/words.ts';
import type { Evidence } from '../evidence/types.ts';
import type { Lockfile } from '../lock/types.ts';
import type { Context } from '../session/context.ts';
import { knownChanges } from './kept-evidence.ts';
import { reviewEvidence } from './review-evidence.ts';
import { droppedPolicyOf } from './update/describe.ts';

/** What a change is, in words, and whether it brings vulnerabilities that must not be merged. */
interface CheckedEvidence {
  readonly changes: Changes;
  /** Vulnerabilities as severe as `review.vulnerabilities.failOn` says. */
  readonly errors: readonly Problem[];
  /** What kept OSV from being asked, or from answering: no reason to fail. */
  readonly warnings: readonly Problem[];
}

/**
 * Tells a change in the words of its pull request. With `review.vulnerabilities.failOn` it reads what images hold and asks OSV;
 * else it asks nobody, and says why as far as the cache knows.
 */
export async function checkEvidence(
  context: Context,
  config: Config,
  before: Lockfile | undefined,
  after: Lockfile,
): Promise<CheckedEvidence> {
  const failOn = config.review.evidence === 'contents' ? config.review.vulnerabilities?.failOn : undefined;
  if (failOn === undefined)
    return { changes: await knownChanges(context, config, { before, after }), errors: [], warnings: [] };
  const evidence = await reviewEvidence(context, config, { before, after });
  const changes = changesOf({ before, after, policy: droppedPolicyOf(config), ...defined({ evidence }) });
  if (evidence === undefined) return { changes, errors: [], warnings: [] };
  return { changes, errors: vulnerable(evidence, failOn), warnings: unknown(evidence) };
}

function vulnerable({ vulnerabilities = [] }: Evidence, failOn: string): Problem[] {
  const red = vulnerabilities.flatMap(({ image, tags, found }) =>
    found.state === 'answered' && found.verdict === 'red'
      ? [`${image}:${tags[0]} ${someOf(found.fresh.map(({ id, severity }) => `${id} (${severity})`))}`]
      : [],
  );
  if (red.length === 0) return [];
  const message = `This change brings new vulnerabilities; \`review.vulnerabilities.failOn\` is \`${failOn}\`.`;
  const hint = 'Wait for images that fix them, exclude the tags, or choose another `failOn`.';
  return [{ code: 'check/vulnerabilities', severity: 'error', message, value: someOf(red), hint }];
}

/** Of a new vulnerability whose severity nobody says, `failOn` decides nothing. */
function unrated({ vulnerabilities = [] }: Evidence): Problem[] {
  const without = vulnerabilities.flatMap(({ image, tags, found }) => {
    const ids = found.state === 'answered' ? found.fresh.filter(({ severity }) => severity === 'unknown') : [];
    return ids.length === 0 ? [] : [`${image}:${tags[0]} ${someOf(ids.map(({ id }) => id))}`];
  });
  if (without.length === 0) return [];
  const message =
    'This change brings new vulnerabilities whose severity OSV does not say; `failOn` is not checked for them.';
  return [{ code: 'check/unknown-severity', severity: 'warning', message, value: someOf(without) }];
}

function unknown(evidence: Evidence): Problem[] {
  const silent = (evidence.vulnerabilities ?? []).flatMap(({ found }) =>
    found.state === 'unanswered' ? [found.problem] : [],
  );
  const [first] = silent;
  const said: Problem[] =
    first === undefined
      ? []
      : [
          {
            ...first,
            message: `New vulnerabilities are not known, so that \`failOn\` is not checked: ${first.message}`,
          },
        ];
  const unread = evidence.unread.length === 0 ? [] : unreadLines({ ...evidence, groups: [], problems: [] });
  return [
    ...said,
    ...unrated(evidence),
    ...unread.map((message): Problem => ({ code: 'check/not-read', severity: 'warning', message })),
  ];
}
