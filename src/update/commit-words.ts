import type { CommitPerson, CommitSettings } from '../config/types.ts';
import { defined } from '../core/defined.ts';
import type { Environment } from '../core/environment.ts';
import type { CommitPlan } from '../forge/git/commit.ts';
import { bot } from './types.ts';

/** Of a commit, whom it is by and what it says. */
export interface CommitWords
  extends Required<Pick<CommitPlan, 'author' | 'committer' | 'message' | 'trailers' | 'dates'>> {
  /** Absent: git makes it. */
  readonly by?: 'forge';
}

/**
 * Whom a commit of this title is by, and its message: the variables of git come before the configuration, and what neither
 * says is the bot's own. Pure.
 */
export function commitWords(
  title: string,
  { by, signOff, body, ...people }: CommitSettings,
  env: Environment,
): CommitWords {
  const author = fromVariables('AUTHOR', people.author ?? bot, env);
  const committer = fromVariables('COMMITTER', people.committer ?? people.author ?? bot, env);
  const dates = { author: env['GIT_AUTHOR_DATE'] || undefined, committer: env['GIT_COMMITTER_DATE'] || undefined };
  return {
    ...{ ...defined({ by }), author, committer },
    dates: defined(dates),
    message: body === undefined ? title : `${title}\n\n${body.trim()}`,
    trailers: signOff ? [`Signed-off-by: ${committer.name} <${committer.email}>`] : [],
  };
}

/** git-commit-tree(1). An empty variable counts as none. */
function fromVariables(role: 'AUTHOR' | 'COMMITTER', person: CommitPerson, env: Environment): CommitPerson {
  return { name: env[`GIT_${role}_NAME`] || person.name, email: env[`GIT_${role}_EMAIL`] || person.email };
}
