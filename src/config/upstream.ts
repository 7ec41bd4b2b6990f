import { UserError } from '../core/problem.ts';
import { parseRemote } from '../git/address.ts';
import { isRefName } from '../git/ref-name.ts';
import type { UpstreamAddress } from '../upstream/types.ts';
import type { Fault, Findings } from '../yaml/findings.ts';
import type { Locator } from '../yaml/locate.ts';
import { defaults } from './defaults.ts';
import type { Upstream } from './schema.gen.ts';
import type { PartialData } from './shape.ts';

/** Reads which upstream to take. What is wrong goes to `findings`. */
export function readUpstream(
  data: PartialData<Upstream> | undefined,
  locate: Locator,
  findings: Findings,
): UpstreamAddress {
  const { repository = defaults.repository, ref = defaults.ref } = data ?? {};
  const check = (key: 'repository' | 'ref', fault: Fault | undefined) => {
    if (fault !== undefined) findings.error(locate.value(['upstream', key]), fault);
  };
  check('repository', repositoryFault(repository));
  check('ref', refFault(ref));
  return { repository, ref };
}

/** Why `repository` is no address of a repository, or holds a secret, which this file is no place for. */
function repositoryFault(repository: string): Fault | undefined {
  const secret = /^ssh:/i.test(repository) ? /:\/\/[^/@]*:[^/]*@/ : /:\/\/.*@/;
  if (secret.test(repository)) return secretInUrl;
  try {
    parseRemote(repository, '/');
    return undefined;
  } catch (error) {
    const [problem] = error instanceof UserError ? error.problems : [];
    if (problem === undefined) throw error;
    return { ...problem, code: 'upstream-repository' };
  }
}

const secretInUrl: Fault = {
  code: 'secret',
  message: 'mirrors.yaml must hold no user and password: everybody who sees the repository sees them.',
  hint: "Leave them out of the URL: git's credential helpers give them.",
};

/** Why `ref` names no branch, tag or commit (git-check-ref-format(1)). */
function refFault(ref: string): Fault | undefined {
  if (isRefName(ref)) return undefined;
  return {
    code: 'upstream-ref',
    message: 'A ref is the name of a branch or tag, or the full hash of a commit.',
    value: ref,
    hint: 'Such as `master`, as git-check-ref-format(1) allows.',
  };
}
