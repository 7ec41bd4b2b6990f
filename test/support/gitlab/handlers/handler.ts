import type { Answer } from '../../forge/exchange.ts';
import type { ProjectState, Thread, Token, World } from '../state.ts';

export interface Call {
  readonly token: Token;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  readonly world: World;
}

export type Handler = (call: Call, project: ProjectState) => Promise<Answer> | Answer;

export type Handlers = Readonly<Record<string, Handler>>;

export const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
export const words = (value: unknown): string[] => (text(value) ?? '').split(',').filter(Boolean);
export const numbers = (value: unknown): number[] => (Array.isArray(value) ? value.map(Number) : []);

export const find = <One extends Thread>(list: readonly One[], { params }: Call): One | undefined =>
  list.find(({ iid }) => iid === Number(params['IID']));

/** Title, description and state, as issues and merge requests have them; GitLab notes a change of the title. */
export function applyEdit(one: Thread, { body, token, world }: Call): void {
  const { title, description, state_event: event } = body;
  if (text(title) !== undefined && title !== one.title) {
    const note = `changed title from ${one.title} to ${title}`;
    one.notes.push({ id: world.nextId(), author: token.user, body: note, createdAt: world.now(), isSystem: true });
  }
  one.title = text(title) ?? one.title;
  one.description = text(description) ?? one.description;
  if (event === 'close' && one.state === 'opened') {
    one.state = 'closed';
    one.closedBy = token.user;
  }
  if (event === 'reopen' && one.state === 'closed') {
    one.state = 'opened';
    one.closedBy = null;
  }
}
