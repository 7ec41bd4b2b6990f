import type { Answer } from '../../forge/exchange.ts';
import type { Call } from '../exchange.ts';
import type { ServedOperation } from '../operations.ts';
import type { Issue, Pull, RepositoryState, World } from '../state.ts';

/** Serves one operation in a repository. */
export type Handler = (call: Call, repository: RepositoryState, context: HandlerContext) => Promise<Answer> | Answer;

export type Handlers = Partial<Record<ServedOperation, Handler>>;

export interface HandlerContext {
  readonly world: World;
}

/** The issue or pull request that a request is about. */
export function threadOf(call: Call, { threads }: RepositoryState): Issue | Pull | undefined {
  const number = call.params['issue_number'] ?? call.params['pull_number'];
  return threads.find((thread) => thread.number === Number(number));
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
