import { type Cause, causesOf, sourceLinks } from '../changes/causes.ts';
import { defined } from '../core/defined.ts';
import { groupBy } from '../core/group-by.ts';
import type { LockDiff } from '../diff/types.ts';
import type { Evidence } from '../evidence/types.ts';
import type { Lockfile } from '../lock/types.ts';
import type { WhyOf } from './history.ts';
import type { ChangeCause } from './weeks.ts';

/** What the evidence of a change says of each tag, as far as it is known. Pure. */
export function whyOf(evidence: Evidence, diff: LockDiff, after: Lockfile): WhyOf {
  const causeOf = causesOf(evidence, diff, after);
  const groups = groupBy(evidence.groups, ({ image, to }) => `${image} ${to}`);
  return (image, kind, to) => {
    const commit = evidence.commits.get(image)?.at(-1)?.url;
    if (to === undefined || kind === 'removed' || kind === 'added') {
      if (commit === undefined) return {};
      if (kind === 'removed') return { text: 'upstream dropped it', link: commit, cause: 'ended' };
      return { text: 'upstream announced it', link: commit };
    }
    const own = groups.get(`${image} ${to}`) ?? [];
    const { compare, dockerfile } = sourceLinks(own);
    const cause = causeOf(image, { to });
    const isSame = own.some(({ source }) => source?.isSame === true);
    const isBySource = own.some(({ source }) => source?.isSame === false);
    return defined({
      text: causeText(cause, isSame),
      link: compare ?? (isBySource ? (dockerfile ?? commit) : undefined),
      cause: chartCause(cause, isSame),
    });
  };
}

/** What was not read has no words, but for what git says. */
function causeText(cause: Cause, isSameSource: boolean): string | undefined {
  switch (cause.kind) {
    case 'source':
      return 'its Dockerfile changed';
    case 'base':
      return `${cause.name} was ${cause.change ?? 'rebuilt before'}`;
    case 'same':
      return 'it was built again from the same Dockerfile and base';
    default:
      return isSameSource ? 'it was built again from the same Dockerfile' : undefined;
  }
}

/** What was built again from the same source is a rebuild, whichever group the tag was in. */
function chartCause({ kind }: Cause, isSameSource: boolean): ChangeCause | undefined {
  if (kind === 'source' || kind === 'base') return kind;
  return kind === 'same' || isSameSource ? 'rebuilt' : undefined;
}
