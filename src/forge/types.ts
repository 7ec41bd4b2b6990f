/** What of a forge is meant: a GitHub or a GitLab, theirs or one's own. */
export type ForgeKind = 'github' | 'gitlab';

/** Some of a long list, in the order of the forge. `complete` is false where more exist than were read. */
export interface Listing<Item> {
  readonly items: readonly Item[];
  readonly complete: boolean;
}

/** Somebody, by the name that the forge knows them by: `octocat`, `github-actions[bot]`. */
export interface Account {
  readonly name: string;
  readonly isBot: boolean;
}

/** A pull request, or a merge request. Texts are as people wrote them: not to be trusted. */
export interface Proposal {
  readonly number: number;
  /** Its web page. */
  readonly url: string;
  readonly title: string;
  readonly body: string;
  readonly state: 'open' | 'closed' | 'merged';
  readonly isDraft: boolean;
  readonly head: ProposalHead;
  /** The branch that it is to be merged into. */
  readonly base: string;
  /** Absent where the account is gone. */
  readonly author?: Account;
  readonly labels: readonly string[];
  /** Accounts, and teams as `@team`, who were asked for a review and have not given it yet. */
  readonly reviewers: readonly string[];
  readonly assignees: readonly string[];
  readonly autoMerge: boolean;
  /** Whether it can no longer be merged as it is; absent where the forge has not found out, or was not asked. */
  readonly hasConflict?: boolean;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

export interface ProposalHead {
  readonly branch: string;
  /** The commit at its tip; for one that is closed, the last. */
  readonly commit: string;
  /** The repository that it comes from, as `owner/name`, when it is another one (a fork); `gone` when it is no more. */
  readonly fork?: string;
}

export interface ProposalQuery {
  /** The branch of this repository that it comes from. */
  readonly head: string;
  readonly state: 'open' | 'closed' | 'all';
  /** The branch that it goes to; absent: any. */
  readonly base?: string;
  /** The most to read, the newest first; 30 when absent. */
  readonly limit?: number;
}

export interface NewProposal {
  readonly head: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
  readonly isDraft: boolean;
}

/** What of a proposal to change; absent: left as it is. */
export interface ProposalEdit {
  readonly title?: string;
  readonly body?: string;
  readonly base?: string;
}

export type MergeMethod = 'merge' | 'squash' | 'rebase';

export interface Comparison {
  /** `head` is that many commits ahead of, and behind, `base`. */
  readonly ahead: number;
  readonly behind: number;
  readonly mergeBase: string;
}

/** What a comment belongs to. */
export interface Subject {
  readonly kind: 'proposal' | 'issue';
  readonly number: number;
}

export interface Comment {
  readonly author?: Account;
  readonly body: string;
  readonly createdAt: string;
}

export interface Issue {
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly body: string;
  readonly state: 'open' | 'closed';
  readonly labels: readonly string[];
}

export interface IssueQuery {
  readonly state: 'open' | 'closed' | 'all';
  /** A label that they all carry. */
  readonly label: string;
}

export interface NewIssue {
  readonly title: string;
  readonly body: string;
  readonly labels: readonly string[];
}

export interface IssueEdit {
  readonly title?: string;
  readonly body?: string;
  readonly state?: 'open' | 'closed';
}

/** Whether a token may do something; `unknown` where only trying tells. */
export type Allowed = 'yes' | 'no' | 'unknown';

/** What the forge says of the repository and of the token, without a write. */
export interface Access {
  readonly defaultBranch: string;
  readonly isArchived: boolean;
  readonly allowsProposals: boolean;
  readonly mayPush: Allowed;
  readonly mayPropose: Allowed;
  /** Whether changes to the forge's own CI files may be pushed. */
  readonly mayPushWorkflows: Allowed;
}

/** Names of secrets and variables that the forge gives to the jobs of its CI. Values are never read. */
export interface CiSettings {
  readonly secrets: readonly string[];
  readonly variables: readonly string[];
  /** Whether more may be set where the token is not allowed to look, or where the forge does not tell. */
  readonly isPartial: boolean;
}

/** Branches, as the forge has them. */
export interface ForgeBranches {
  /** How two commits or branches of this repository lie to each other; `undefined` where one is not there. */
  compare(base: string, head: string): Promise<Comparison | undefined>;
}

/** What becomes of a file. */
export type FileEdit =
  | { readonly path: string; readonly change: 'create' | 'update'; readonly content: Buffer }
  | { readonly path: string; readonly change: 'delete' };

/** A commit that the forge is to make on a branch. */
export interface NewCommit {
  readonly branch: string;
  /** What the branch is at. */
  readonly expected: string;
  readonly edits: readonly FileEdit[];
  readonly message: string;
}

export interface ForgeCommits {
  /**
   * Commits by the forge's API, in the name of the token's account; gives the commit. Throws `forge/push-stale` where the
   * branch is elsewhere, `forge/workflow-permission` where the token may not change the forge's own CI files.
   */
  commitFiles(commit: NewCommit): Promise<string>;
}

export interface ForgeProposals {
  /** The proposals that come from a branch of this repository, the newest first. */
  findProposals(query: ProposalQuery): Promise<Listing<Proposal>>;
  /** `undefined` where there is none of that number. */
  readProposal(number: number): Promise<Proposal | undefined>;
  /** Throws `forge/exists` where one is open already for the same branches, as when another bot was faster. */
  openProposal(proposal: NewProposal): Promise<Proposal>;
  editProposal(number: number, edit: ProposalEdit): Promise<Proposal>;
  closeProposal(number: number): Promise<Proposal>;
  /** Who closed it; `undefined` where nobody did, or the account is gone. */
  closedBy(number: number): Promise<Account | undefined>;
}

/** Labels, reviewers and the like of a proposal. Each throws when the forge refuses; proposal-metadata.ts makes warnings of that. */
export interface ForgeProposalMetadata {
  /** Adds labels; those that the repository lacks are made. */
  addLabels(number: number, labels: readonly string[]): Promise<void>;
  /** Asks for reviews; a team of GitHub is `@team`. */
  requestReviews(number: number, reviewers: readonly string[]): Promise<void>;
  /** Adds assignees, and gives those that the forge did not take. */
  addAssignees(number: number, assignees: readonly string[]): Promise<readonly string[]>;
  /** Lets the forge merge it as soon as everything required is there; `undefined` switches that off. */
  setAutoMerge(number: number, method: MergeMethod | undefined): Promise<void>;
}

export interface ForgeComments {
  /** The comments, the oldest first: at most 1,000. */
  listComments(subject: Subject): Promise<Listing<Comment>>;
  comment(subject: Subject, body: string): Promise<void>;
  /** Issues, the newest first: at most 1,000. */
  findIssues(query: IssueQuery): Promise<Listing<Issue>>;
  openIssue(issue: NewIssue): Promise<Issue>;
  editIssue(number: number, edit: IssueEdit): Promise<Issue>;
}

/**
 * A repository on a forge. Every method throws a ForgeError (errors.ts) when the answer is not one of those named: a
 * denied access is never taken for an absence.
 */
export interface Forge extends ForgeBranches, ForgeCommits, ForgeProposals, ForgeProposalMetadata, ForgeComments {
  readonly kind: ForgeKind;
  /** `owner/name`; with GitLab, groups may nest. */
  readonly repository: string;
  /** Requests sent so far, each try counted. */
  readonly counts: Readonly<RequestCounts>;
  /** Whom the token belongs to. */
  identify(): Promise<Account>;
  /** What the repository and the token allow. Throws `forge/not-found` where the token does not show the repository. */
  probe(): Promise<Access>;
  /**
   * The names that are set for the jobs of its CI, in the repository and what is above it, and in an environment. Throws
   * `forge/missing-permission` or `forge/not-found` where the token may not look.
   */
  ciSettings(environment: string | undefined): Promise<CiSettings>;
  /** Closes the connections. */
  close(): Promise<void>;
}

export interface RequestCounts {
  reads: number;
  writes: number;
}
