import { randomBytes } from 'node:crypto';
import type { InjectedAnswer } from '../counting-proxy.ts';
import type { Credentials } from '../registry.ts';

interface Grant {
  /** Absent: anonymous. */
  readonly user: string | undefined;
  readonly repositories: ReadonlySet<string>;
  readonly until: number;
}

/** The Hub's token service (distribution, docs/spec/auth/token.md). */
export interface TokenService {
  /** Answers `GET /token?service=…&scope=repository:NAME:pull`. */
  answer(url: string, authorization: string | undefined): InjectedAnswer;
  /** Whose token it is, where it is good for the repository now. */
  userOf(authorization: string | undefined, repository: string): { readonly user: string | undefined } | undefined;
  /** Ends all tokens that were given. */
  expire(): void;
  readonly given: number;
}

/** Gives tokens that end after `seconds`, to accounts with their password and to those who give none. */
export function tokenService(accounts: readonly Credentials[], seconds: number, now: () => number): TokenService {
  const grants = new Map<string, Grant>();
  let given = 0;
  const known = new Map(accounts.map(({ user, password }) => [basic(user, password), user]));

  return {
    answer(url, authorization) {
      if (authorization !== undefined && !known.has(authorization)) {
        return json(401, { details: 'incorrect username or password' });
      }
      const scopes = new URL(url, 'http://hub').searchParams.getAll('scope').flatMap((scope) => scope.split(' '));
      const repositories = new Set(scopes.flatMap((scope) => /^repository:(.+):[^:]*$/.exec(scope)?.[1] ?? []));
      const token = randomBytes(24).toString('base64url');
      grants.set(token, { user: known.get(authorization ?? ''), repositories, until: now() + seconds * 1000 });
      given += 1;
      return json(200, { token, access_token: token, expires_in: seconds, issued_at: new Date(now()).toISOString() });
    },
    userOf(authorization, repository) {
      const grant = grants.get(/^Bearer (.+)$/i.exec(authorization ?? '')?.[1] ?? '');
      if (grant === undefined || grant.until <= now()) return undefined;
      return repository === '' || grant.repositories.has(repository) ? { user: grant.user } : undefined;
    },
    expire: () => grants.clear(),
    get given() {
      return given;
    },
  };
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function json(status: number, body: object): InjectedAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
