import type { BareRepository } from '../forge/bare-repository.ts';

export interface User {
  readonly id: number;
  readonly username: string;
  readonly isBot: boolean;
}

export interface Token {
  readonly user: User;
  readonly scopes: readonly string[];
}

export interface Note {
  readonly id: number;
  readonly author: User;
  readonly body: string;
  readonly createdAt: string;
  /** Written down by GitLab itself. */
  readonly isSystem: boolean;
}

/** What an issue and a merge request share; each kind has its own numbering. */
export interface Thread {
  readonly id: number;
  readonly iid: number;
  readonly author: User;
  readonly createdAt: string;
  title: string;
  description: string | null;
  state: 'opened' | 'closed' | 'merged';
  closedBy: User | null;
  labels: string[];
  assignees: User[];
  readonly notes: Note[];
}

export interface MergeRequest extends Thread {
  readonly source: ProjectState;
  readonly sourceBranch: string;
  targetBranch: string;
  sha: string;
  reviewers: User[];
  autoMerge: boolean;
  /** Whether a pipeline was made for the last commit. */
  hasPipeline: boolean;
  mergedBy: User | null;
  hasConflict: boolean;
}

export interface ProjectState {
  readonly id: number;
  /** `group/name`. */
  readonly path: string;
  readonly defaultBranch: string;
  readonly git: BareRepository;
  /** Levels of access: 20 Reporter, 30 Developer, 40 Maintainer. */
  readonly members: Map<string, number>;
  isPrivate: boolean;
  isArchived: boolean;
  hasIssues: boolean;
  /** A plan that knows several reviewers and assignees. */
  hasManyReviewers: boolean;
  protectedBranches: string[];
  /** Names of CI/CD variables. */
  variables: string[];
  readonly mergeRequests: MergeRequest[];
  readonly issues: Thread[];
}

export interface World {
  readonly url: string;
  readonly projects: ProjectState[];
  readonly users: User[];
  readonly tokens: Map<string, Token>;
  nextId(): number;
  /** The time: a second later at each call. */
  now(): string;
  user(username: string): User;
}

export function createWorld(url: string): World {
  let id = 0;
  let time = Date.UTC(2026, 0, 1);
  const users: User[] = [];
  const nextId = (): number => {
    id += 1;
    return id;
  };
  return {
    url,
    projects: [],
    users,
    tokens: new Map(),
    nextId,
    now() {
      time += 1_000;
      return new Date(time).toISOString();
    },
    user(username) {
      const known = users.find((one) => one.username.toLowerCase() === username.toLowerCase());
      if (known !== undefined) return known;
      const made = { id: nextId(), username, isBot: /^project_\d+_bot/.test(username) };
      users.push(made);
      return made;
    },
  };
}
