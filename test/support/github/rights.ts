import type { Answer } from '../forge/exchange.ts';
import { notFound, refusal } from './exchange.ts';
import { type Requirement, type ServedOperation, servedOperations } from './operations.ts';
import type { RepositoryState, Token } from './state.ts';

/** The token of a request (`Authorization: token …` or `Bearer …`); a refusal where there is none that is known. */
export function authenticate(header: string | undefined, tokens: ReadonlyMap<string, Token>): Token | Answer {
  const secret = /^(?:token|bearer) (.+)$/i.exec(header ?? '')?.[1];
  if (secret === undefined) return refusal(401, 'Requires authentication');
  return tokens.get(secret) ?? refusal(401, 'Bad credentials');
}

/** Whether a token covers a repository at all. What it does not cover it may read when it is public. */
export function covers({ repositories }: Token, { fullName }: RepositoryState): boolean {
  return repositories === undefined || repositories.includes(fullName);
}

/** What a token may do, as permissions: a classic token's scopes stand for many. */
export function permissionsOf(token: Token): Readonly<Record<string, 'read' | 'write'>> {
  if (token.kind !== 'classic') return { metadata: 'read', ...token.permissions };
  const isRead = token.scopes.includes('repo');
  const names = ['contents', 'pull_requests', 'issues'] as const;
  const all = Object.fromEntries(names.map((name) => [name, 'write' as const]));
  const workflows = token.scopes.includes('workflow') ? { workflows: 'write' as const } : {};
  return isRead ? { metadata: 'read', ...all, ...workflows } : { metadata: 'read' };
}

/** GitHub's refusal where a token may not do this in that repository; undefined where it may. */
export function deny(operation: ServedOperation, token: Token, repository: RepositoryState): Answer | undefined {
  const isRead = operation.startsWith('GET ');
  const isCovered = covers(token, repository);
  if (!isCovered && repository.settings.isPrivate) return notFound;
  if (!isRead && repository.settings.isArchived) return refusal(403, 'Repository was archived so is read-only.');
  const requirement: Requirement = servedOperations[operation];
  const isOfSettings = /\/(?:actions|environments)\//.test(operation);
  const isOpenToAll = isRead && !isOfSettings && !repository.settings.isPrivate;
  const granted = isCovered ? permissionsOf(token) : {};
  if (isOpenToAll || requirement.some((set) => meets(granted, set))) return undefined;
  if (token.kind === 'classic') return isRead ? notFound : refusal(403, 'Must have write access to the repository.');
  const kind = token.kind === 'fine-grained' ? 'personal access token' : 'integration';
  const header = requirement.map((set) =>
    Object.entries(set)
      .map((right) => right.join('='))
      .join(','),
  );
  const headers = { 'x-accepted-github-permissions': header.join('; ') };
  return refusal(403, `Resource not accessible by ${kind}`, headers);
}

function meets(granted: Readonly<Record<string, string>>, set: Readonly<Record<string, string>>): boolean {
  return Object.entries(set).every(([name, level]) => granted[name] === 'write' || granted[name] === level);
}
