import type { Path } from '../path.ts';
import type { MirrorsYaml } from '../schema.gen.ts';
import type { Sound } from '../sound.ts';
import type { CiContext } from './context.ts';
import type { Ci, Login } from './types.ts';

type WrittenLogins = NonNullable<NonNullable<Sound<MirrorsYaml>['ci']>['logins']>;

/** The token that GitHub gives each job. */
const workflowToken = 'GITHUB_TOKEN';

/** Reads the logins. Each is for a registry of its own; what is wrong goes to the context's findings. */
export function readLogins(logins: WrittenLogins, provider: Ci['provider'], context: CiContext): Login[] {
  const { locate, findings, hosts } = context;
  if (provider === 'kubernetes' && logins.length > 0) {
    const message = 'Kubernetes mounts one Secret that logs in to every registry.';
    const hint = 'Name it by `kubernetes: {authSecret: …}`, and leave `logins` out.';
    findings.error(locate.key(['ci', 'logins']), { code: 'ci-logins', message, hint });
  }
  const seen = new Set<string>();
  return logins.flatMap((login, index): Login[] => {
    const { registry, username, password } = login ?? {};
    if (registry === undefined || password === undefined) return [];
    const path: Path = ['ci', 'logins', index, 'registry'];
    checkUser({ username, password }, provider, index, context);
    if (seen.has(registry)) {
      const message = 'Each registry has one login.';
      findings.error(locate.value(path), { code: 'ci-logins', message, value: registry });
    } else if (!hosts.includes(registry)) {
      const message = 'No source, alternate or destination is at this registry.';
      const hint = `There are ${hosts.join(', ')}.`;
      findings.warning(locate.value(path), { code: 'ci-login-unused', message, value: registry, hint });
    }
    seen.add(registry);
    return [{ registry, ...(username === undefined ? {} : { username }), password }];
  });
}

function checkUser(
  { username, password }: { username: string | undefined; password: string },
  provider: Ci['provider'],
  index: number,
  { locate, findings }: CiContext,
): void {
  const isToken = provider === 'github' && password === workflowToken;
  if (isToken === (username === undefined)) return;
  const message = isToken
    ? 'The token of a workflow belongs to no user that needs a name.'
    : 'A login needs the name of the secret with the user’s name.';
  const hint = isToken ? 'Leave `username` out.' : 'Add `username: NAME`; only GITHUB_TOKEN at GitHub needs none.';
  const path: Path = ['ci', 'logins', index, isToken ? 'username' : 'password'];
  findings.error(locate.value(path), { code: 'ci-logins', message, hint });
}
