import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

/** Nothing of the user's: what git needs and no more. */
export const plainEnv = { PATH: process.env['PATH'], GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };

/** Who commits. */
export interface Person {
  readonly name: string;
  readonly email: string;
  /** When, as git reads a date; absent: now. */
  readonly date?: string;
}

const alice: Person = { name: 'alice', email: 'alice@example.invalid' };
const maxBuffer = 2 ** 28;

/** What git has in its environment where a person commits, as one who may differ from the author. */
export function identity(author: Person, committer: Person = author): Record<string, string> {
  const people = { AUTHOR: author, COMMITTER: committer };
  return Object.fromEntries(
    Object.entries(people).flatMap(([role, { name, email, date }]) => {
      const fields = { NAME: name, EMAIL: email, ...(date === undefined ? {} : { DATE: date }) };
      return Object.entries(fields).map(([field, value]) => [`GIT_${role}_${field}`, value]);
    }),
  );
}

/** git in a folder as a person, without the user's configuration; gives what git prints, and throws where it fails. */
export function gitIn(folder: string, person: Person = alice): (...args: readonly string[]) => Promise<string> {
  const options = { cwd: folder, env: { ...plainEnv, ...identity(person) }, maxBuffer };
  return async (...args) => (await promisify(execFile)('git', [...args], options)).stdout.trim();
}

/** As {@link gitIn}, for what cannot wait. */
export function gitSyncIn(folder: string, person: Person = alice): (...args: readonly string[]) => string {
  const options = { cwd: folder, env: { ...plainEnv, ...identity(person) }, maxBuffer, stdio: 'pipe' } as const;
  return (...args) => execFileSync('git', args, { ...options, encoding: 'utf8' }).trim();
}
