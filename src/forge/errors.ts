import { defined } from '../core/defined.ts';
import { ExitCode } from '../core/exit-code.ts';
import { UserError } from '../core/problem.ts';
import { cleanText } from '../core/text.ts';

export interface ForgeErrorDetails {
  readonly kind: ForgeErrorKind;
  /** What was asked for, such as `POST /repos/acme/mirror/pulls`. */
  readonly request: string;
  /** What happened, in our words. */
  readonly summary: string;
  /** The forge's own words. */
  readonly said?: string | undefined;
  /** The value seen. */
  readonly value?: string | undefined;
  /** Replaces the hint of the kind. */
  readonly hint?: string | undefined;
  readonly status?: number | undefined;
  /** The rights of which one set is missing, such as `pull requests: write`. */
  readonly rights?: readonly string[];
  /** How long the forge asks to wait, in seconds. */
  readonly retryAfterSeconds?: number | undefined;
}

/**
 * A forge, or git on the way to it, did not do what was asked. The exit code is `failed`. What the clients throw is never
 * its cause, since that holds the request, and with GitLab's the token.
 */
export class ForgeError extends UserError {
  readonly kind: ForgeErrorKind;
  readonly details: ForgeErrorDetails;

  constructor(details: ForgeErrorDetails, bug?: TypeError) {
    const hint = details.hint ?? hints[details.kind];
    const problem = {
      code: `forge/${details.kind}`,
      severity: 'error' as const,
      message: messageOf(details),
      ...(details.value === undefined ? {} : { value: cleanText(details.value) }),
      ...defined({ hint }),
    };
    const exitCode = details.kind === interruptedKind ? ExitCode.interrupted : ExitCode.failed;
    super([problem], { exitCode, cause: bug });
    this.name = 'ForgeError';
    this.kind = details.kind;
    this.details = details;
  }
}

/** Whether an error is a ForgeError of one of these kinds. */
export function isForgeError(error: unknown, ...kinds: readonly ForgeErrorKind[]): error is ForgeError {
  return error instanceof ForgeError && kinds.includes(error.kind);
}

function messageOf({ request, summary, said }: ForgeErrorDetails): string {
  const words = said === undefined ? '' : cleanText(said);
  return `${cleanText(request)}: ${summary}${words === '' ? '' : ` The forge says: ${words}`}`;
}

/** What can go wrong at a forge, each with what to do about it; the error's code is `forge/` and this. */
const hints = {
  /** 401: no token, a wrong one, or one that has expired. */
  unauthorized: 'Give a token that is still valid, by GITHUB_TOKEN, GH_TOKEN, GITLAB_TOKEN or MIRRORLOCK_TOKEN.',
  /** 403 for want of a right. */
  'missing-permission': undefined,
  /** A limit of requests, and a longer wait than is allowed. */
  'rate-limited': 'Run again later.',
  /** 404, where absence is no answer. Forges answer so as well for what a token may not see. */
  'not-found':
    'Check the name of the repository, and that the token covers it: a forge hides what a token may not see.',
  /** What was asked for breaks a rule of the forge. */
  validation: undefined,
  /** It is there already: somebody else was faster. */
  exists: 'Another run did the same at the same time. Run again.',
  /** The repository is read-only. */
  archived: 'Nothing can be pushed to an archived repository. Unarchive it, or switch the workflow off.',
  /** Issues or merge requests are switched off. */
  disabled: 'Switch the feature on in the settings of the repository.',
  /** The answer does not fit what is there, such as a branch that moved. */
  conflict: 'Run again.',
  /** 5xx, after it was tried again. */
  server: 'Run again later; see the status page of the forge.',
  /** No connection, one that broke, or one that TLS does not trust. */
  network: 'Check the address of the forge, the network and the proxy, and run again.',
  timeout: 'Check the network and the proxy, and run again.',
  /** Something else answers at this address. */
  'bad-answer': 'Check GITHUB_API_URL or CI_API_V4_URL: another server than the forge’s API answers there.',
  /** A redirect or a link to another origin. */
  redirected:
    'Use the address that the forge itself uses: in the remote, in `update.forge` of mirrors.yaml, or in GITHUB_API_URL or CI_API_V4_URL.',
  /** git: the branch is no longer where it was. */
  'push-stale': 'Somebody pushed in between. Run again: it starts from what is there now.',
  /** git: a ref whose name begins with this one's, or the other way round, is in the way. */
  'name-taken': undefined,
  /** git: a rule or hook of the server refuses the push. */
  'push-rejected': 'Ask whoever keeps the rules of the repository.',
  'protected-branch':
    'Choose a branch for the bot that no rule protects (`update.branch`), or let the bot pass the rule. A rule about commits is met by `update.commit` in mirrors.yaml; one that asks for signatures by `update.commit: {by: forge}`.',
  /** git: a rule asks for another author, committer, message or a signature. */
  'commit-rule':
    'Set `update.commit` in mirrors.yaml (author, committer, signOff, body) to what the rule asks for; where it asks for signatures, let the forge make and sign the commits by `update.commit: {by: forge}`, or git by `commit.gpgSign` and `user.signingKey`. Or let the bot pass the rule.',
  /** git: a commit could not be signed. */
  signing:
    'Sign without a prompt: check `gpg.format`, `user.signingKey` and that its key is here and has no passphrase, or an agent holds it. Or set `commit.gpgSign` to false.',
  /** The forge's API made another commit than git would. */
  'other-commit':
    'A file whose mode is not that of a regular file is one reason: the API takes no modes. Let git commit: `update.commit: {by: git}`.',
  /** git: the token may not change the files of the forge's CI. */
  'workflow-permission':
    'Use the token of a GitHub App with the permission `workflows: write`, or add these files by hand.',
  /** git is absent, or fails at what should work. */
  git: undefined,
  interrupted: undefined,
} as const satisfies Record<string, string | undefined>;

export type ForgeErrorKind = keyof typeof hints;

const interruptedKind: ForgeErrorKind = 'interrupted';
