import type { CommitIdentity } from '../forge/git/commit.ts';
import type { HistoryEntry } from '../forge/git/read.ts';

/** Whom the bot's commits are by: what is by anybody else is never overwritten. */
export const bot: CommitIdentity = { name: 'mirrorlock', email: 'mirrorlock@localhost' };

/** Whether a commit is the bot's own, not changed by anybody since. */
export function isOwn({ authorEmail, committerEmail, parents }: HistoryEntry): boolean {
  return authorEmail === bot.email && committerEmail === bot.email && parents.length === 1;
}
