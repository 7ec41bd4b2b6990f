import type { ForgeConnection } from '../connection.ts';
import type { Forge } from '../types.ts';
import { identify, probe } from './access.ts';
import { gitHubBranches } from './branches.ts';
import { gitHubTalk } from './comments.ts';
import { gitHubDress } from './proposal-metadata.ts';
import { gitHubProposals } from './proposals.ts';
import { openSession } from './session.ts';

/** A repository on GitHub, or on a GitHub Enterprise Server by its `apiUrl`. */
export function openGitHub(connection: ForgeConnection): Forge {
  const session = openSession(connection);
  return {
    kind: 'github',
    repository: session.repository,
    counts: connection.counts,
    close: connection.close,
    identify: () => identify(session),
    probe: () => probe(session),
    ...gitHubBranches(session),
    ...gitHubProposals(session),
    ...gitHubDress(session),
    ...gitHubTalk(session),
  };
}
