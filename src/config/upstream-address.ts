import type { UpstreamAddress } from '../upstream/types.ts';
import { defaults } from './defaults.ts';
import type { Fault, Findings } from './findings.ts';
import type { Locator } from './locate.ts';
import type { Upstream } from './schema.gen.ts';
import type { Sound } from './sound.ts';

/** Reads which upstream to take. What is wrong goes to `findings`. */
export function readUpstream(data: Sound<Upstream> | undefined, locate: Locator, findings: Findings): UpstreamAddress {
  const { repository = defaults.repository, ref = defaults.ref } = data ?? {};
  const check = (key: 'repository' | 'ref', fault: Fault | undefined) => {
    if (fault !== undefined) findings.error(locate.value(['upstream', key]), fault);
  };
  check('repository', repositoryFault(repository));
  check('ref', refFault(ref));
  return { repository, ref };
}

/** Why git should not be given `repository`: an option, a command (`ext::`), or a secret, which the lockfile would show. */
function repositoryFault(repository: string): Fault | undefined {
  const fault = (hint: string, value?: string): Fault => ({
    code: 'upstream-repository',
    message:
      'A repository is a URL that git can fetch from (https, http, ssh, git, file), or a path, and holds no secret.',
    hint,
    ...(value === undefined ? {} : { value }),
  });
  const [, scheme] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(repository) ?? [];
  const isSsh = /^ssh$/i.test(scheme ?? '');
  if (scheme !== undefined && (isSsh ? /:\/\/[^/]*:.*@/ : /@/).test(repository))
    return fault("Leave user and password out: git's credential helpers give them.");
  if (repository.startsWith('-')) return fault('A path that begins with `-` is written `./-…`.', repository);
  if (/^[a-z0-9]+::/i.test(repository)) return fault("Git's transport helpers are not used.", repository);
  if (scheme !== undefined && !/^(?:https?|ssh|git|file)$/i.test(scheme))
    return fault('Use one of these schemes.', repository);
  return hasControl(repository) ? fault('Leave control characters out.', repository) : undefined;
}

/** Why `ref` names no branch, tag or commit (git-check-ref-format(1)). */
function refFault(ref: string): Fault | undefined {
  const isGood = !/[\s~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)|^[-/.]|[/.]$|^@$/.test(ref) && !hasControl(ref);
  if (isGood) return undefined;
  return {
    code: 'upstream-ref',
    message: 'A ref is the name of a branch or tag, or the full hash of a commit.',
    value: ref,
    hint: 'Such as `master`, as git-check-ref-format(1) allows.',
  };
}

function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
