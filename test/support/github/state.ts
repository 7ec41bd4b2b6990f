import type { BareRepository } from '../forge/bare-repository.ts';

export interface User {
  readonly id: number;
  readonly login: string;
  readonly type: 'User' | 'Bot';
  readonly email: string;
}

/** How a token came to be, which decides what GitHub says to it. */
export type TokenKind = 'classic' | 'fine-grained' | 'app' | 'actions';

export interface Token {
  readonly user: User;
  readonly kind: TokenKind;
  /** Of a classic token. */
  readonly scopes: readonly string[];
  /** Of every other. */
  readonly permissions: Readonly<Record<string, 'read' | 'write'>>;
  /** The full names of those it covers; absent: all. */
  readonly repositories?: readonly string[];
}

/** What people set under "Settings". */
export interface Settings {
  isPrivate: boolean;
  isArchived: boolean;
  hasIssues: boolean;
  allowsAutoMerge: boolean;
  /** "Allow GitHub Actions to create and approve pull requests". */
  actionsMayOpenPulls: boolean;
  /** Logins that may be assigned and asked for reviews. */
  collaborators: string[];
  /** Slugs. */
  teams: string[];
  protectedBranches: string[];
  /** A ruleset: what the address of every committer ends with; empty: anything. */
  committerEmailEnd: string;
  /** A ruleset: "Require signed commits". */
  requiresSignatures: boolean;
  /** "Secrets and variables": by the path below the repository, such as `actions/secrets`, their names. */
  ciNames: Readonly<Record<string, readonly string[]>>;
}

export interface Comment {
  readonly id: number;
  readonly user: User;
  readonly body: string;
  readonly createdAt: string;
}

/** What an issue and a pull request share: they have one numbering and one list of comments. */
export interface Thread {
  readonly id: number;
  readonly number: number;
  readonly user: User;
  readonly createdAt: string;
  title: string;
  body: string | null;
  isOpen: boolean;
  closedAt: string | null;
  closedBy: User | null;
  updatedAt: string;
  labels: string[];
  assignees: User[];
  readonly comments: Comment[];
}

export interface Issue extends Thread {
  readonly kind: 'issue';
}

export interface Pull extends Thread {
  readonly kind: 'pull';
  readonly nodeId: string;
  /** Another repository where it comes from a fork; undefined when that is gone. */
  head: RepositoryState | undefined;
  readonly headOwner: string;
  readonly headBranch: string;
  headCommit: string;
  base: string;
  /** The tip of the base when it was last open. */
  baseCommit: string;
  isDraft: boolean;
  reviewers: User[];
  teams: string[];
  autoMerge: { readonly method: 'merge' | 'squash' | 'rebase'; readonly by: User; readonly at: string } | null;
  mergedAt: string | null;
  mergedBy: User | null;
  mergeCommit: string | null;
  isMergeable: boolean | null;
}

export interface RepositoryState {
  readonly id: number;
  readonly owner: User;
  readonly name: string;
  readonly fullName: string;
  readonly defaultBranch: string;
  readonly forkOf?: RepositoryState;
  readonly settings: Settings;
  readonly git: BareRepository;
  readonly threads: (Issue | Pull)[];
}

/** All that the stand-in knows. */
export interface World {
  readonly apiUrl: string;
  readonly serverUrl: string;
  readonly repositories: RepositoryState[];
  readonly users: User[];
  readonly tokens: Map<string, Token>;
  /** A new identifier. */
  nextId(): number;
  /** The time: a second later at each call. */
  now(): string;
  /** An account by its login, made when it is new. */
  user(login: string): User;
}

export function pullsOf({ threads }: RepositoryState): Pull[] {
  return threads.filter((thread) => thread.kind === 'pull');
}

export function createWorld(serverUrl: string): World {
  let id = 0;
  let time = Date.UTC(2026, 0, 1);
  const users: User[] = [];
  const nextId = (): number => {
    id += 1;
    return id;
  };
  return {
    apiUrl: `${serverUrl}/api/v3`,
    serverUrl,
    repositories: [],
    users,
    tokens: new Map(),
    nextId,
    now() {
      time += 1_000;
      return new Date(time).toISOString().replace('.000Z', 'Z');
    },
    user(login) {
      const known = users.find((user) => user.login.toLowerCase() === login.toLowerCase());
      if (known !== undefined) return known;
      const type = login.endsWith('[bot]') ? ('Bot' as const) : ('User' as const);
      const made = { id: nextId(), login, type, email: `${login}@users.noreply.github.com` };
      users.push(made);
      return made;
    },
  };
}
