import type { ForgeConnection } from '../connection.ts';
import type { Forge } from '../types.ts';
import { identify, probe } from './access.ts';
import { gitLabBranches } from './branches.ts';
import { gitLabTalk } from './comments.ts';
import { gitLabDress } from './proposal-metadata.ts';
import { gitLabProposals } from './proposals.ts';
import { openSession } from './session.ts';

/** A project on a GitLab, by its `apiUrl`. Its proposals are merge requests, their numbers the project's own. */
export function openGitLab(connection: ForgeConnection): Forge {
  const session = openSession(connection);
  return {
    kind: 'gitlab',
    repository: session.project,
    counts: connection.counts,
    close: connection.close,
    identify: () => identify(session),
    probe: () => probe(session),
    ...gitLabBranches(session),
    ...gitLabProposals(session),
    ...gitLabDress(session),
    ...gitLabTalk(session),
  };
}
