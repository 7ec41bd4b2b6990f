import { anyWords, gitWords } from '../../git/failure.ts';
import type { GitResult } from '../../git/run.ts';
import { ForgeError, type ForgeErrorKind } from '../errors.ts';
import type { PushRemote } from './remote.ts';

interface Reading {
  readonly kind: ForgeErrorKind;
  readonly pattern: RegExp;
  readonly summary: string;
  readonly hint?: string;
}

/** What the words of git and of the server mean for a push or a fetch; the first that fits. */
const readings: readonly Reading[] = [
  {
    kind: 'workflow-permission',
    pattern: /refusing to allow .* to create or update (?:workflow|\.github\/workflows)/i,
    summary: 'the token may not change workflows.',
  },
  {
    // GitHub's documentation, "Available rules for rulesets"; GitLab's, "Push rules".
    kind: 'commit-rule',
    pattern:
      /verified signatures|(?:commit message|(?:author|committer)\S* (?:commit )?(?:e?mail|name))\b.*(?:must|match|follow|forbidden|not allowed|consistent)|Author '.*' is not a member|You (?:cannot|can only) push commits (?:for|if)|Commit must be signed|DCO sign/i,
    summary: 'a rule about commits refuses the push.',
  },
  {
    kind: 'protected-branch',
    pattern: /protected branch|GH006|GH013|push declined due to repository rule violations/i,
    summary: 'a rule protects the branch.',
  },
  {
    kind: 'push-stale',
    pattern:
      /stale info|cannot lock ref|failed to lock|reference already exists|incorrect old value|fetch first|non-fast-forward|failed to update ref/i,
    summary: 'the branch is not where it was any more.',
  },
  {
    kind: 'archived',
    pattern: /archived so it is read-only|archived project/i,
    summary: 'the repository is archived.',
  },
  {
    kind: 'push-rejected',
    pattern: /\[remote rejected\]|hook declined|remote: GitLab: /i,
    summary: 'a hook or rule of the server refuses the push.',
  },
  {
    kind: 'missing-permission',
    pattern: anyWords(
      gitWords.forbidden,
      /Permission to .* denied|Write access to repository not granted|You are not allowed to push/,
    ),
    summary: 'the token lacks a right: contents: write.',
    hint: 'For GITHUB_TOKEN, put `contents: write` under `permissions` of the job. Give a GitHub App or a fine-grained token this right, a classic token the scope `repo`, and a token of GitLab `write_repository`.',
  },
  {
    kind: 'unauthorized',
    pattern: gitWords.unauthorized,
    summary: 'the credentials are not accepted.',
  },
  {
    kind: 'not-found',
    pattern: anyWords(gitWords.noRepository, /could not be found/),
    summary: 'there is no such repository, or the token may not see it.',
  },
  {
    kind: 'network',
    pattern: gitWords.noConnection,
    summary: 'the server cannot be reached, or hangs up.',
  },
];

/** The error for a git command that failed at the remote, such as `git push`. */
export function pushFailure(result: GitResult, { url, withheld }: PushRemote, command: string): ForgeError {
  const { exitCode, stdout, stderr } = result;
  const text = `${stdout}\n${stderr}`;
  const request = `${command} ${url}`;
  const elsewhere = redirectedTo(stderr, url);
  if (elsewhere !== undefined) {
    const summary = 'the answer leads to another address, and the token is not sent there.';
    return new ForgeError({ kind: 'redirected', request, summary, value: elsewhere });
  }
  const reading = readings.find(({ pattern }) => pattern.test(text));
  const { kind, summary, hint } = reading ?? { kind: 'git' as const, summary: `git ended with ${exitCode}.` };
  const rights = kind === 'missing-permission' ? { rights: ['contents: write'] } : {};
  const isForWant = ['unauthorized', 'missing-permission', 'not-found'].includes(kind);
  const remedy = isForWant ? (withheld ?? hint) : hint;
  return new ForgeError({ kind, request, summary, said: wordsOf(text), hint: remedy, ...rights });
}

/** The other origin that a redirect led to: git names it where it gets no further. */
function redirectedTo(stderr: string, url: string): string | undefined {
  const named = [...stderr.matchAll(/(?:redirecting to |for '|unable to access ')(https?:\/\/[^\s']+)/g)];
  const origins = [url, ...named.map(([, text = '']) => text)].map((text) =>
    /^https?:/i.test(text) && URL.canParse(text) ? new URL(text).origin : undefined,
  );
  const [own, ...others] = origins;
  return own === undefined ? undefined : others.find((origin) => origin !== undefined && origin !== own);
}

/** What the server said, and why it rejected; else git's own last words. */
function wordsOf(text: string): string {
  const lines = text.split(/[\r\n]+/).map((line) => line.trim());
  const remote = lines.flatMap((line) => /^remote:\s+(\S.*)$/.exec(line)?.[1] ?? []);
  const rejected = lines.flatMap((line) => /\[(?:remote )?rejected\].*?\((.*)\)$/.exec(line)?.[1] ?? []);
  const own = lines.filter((line) => /^(?:fatal|error): /.test(line)).map((line) => line.replace(/^\w+: /, ''));
  const said = [...new Set([...rejected, ...remote])].slice(0, 6);
  return said.length > 0 ? said.join(' ') : (own.at(-1) ?? '');
}
