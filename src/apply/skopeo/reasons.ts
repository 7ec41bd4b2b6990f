import type { Problem } from '../../core/problem.ts';

/** How much of skopeo's words is kept (characters). */
const longestReason = 2_048;

/** What skopeo's words tell apart; the first that matches counts, else `skopeo/failed`. */
const byWords: readonly (readonly [RegExp, Omit<Problem, 'severity' | 'value'>])[] = [
  [
    /toomanyrequests|too many requests/i,
    {
      code: 'skopeo/rate-limited',
      message: 'A registry refused skopeo for its rate or pull limit (429).',
      hint: 'Run again when the limit allows; what was copied stays.',
    },
  ],
  [
    /trust policy|rejected by policy|image rejected|signature was required|registry \S+ is blocked/i,
    {
      code: 'skopeo/policy',
      message: 'The policy.json or registries.conf of this machine does not let skopeo copy.',
      hint: 'See containers-policy.json(5) and containers-registries.conf(5); skopeo needs a policy.json, such as /etc/containers/policy.json.',
    },
  ],
];

const failed = { code: 'skopeo/failed', message: 'skopeo could not copy.' };

/** A problem with skopeo's own words as its value. */
export function skopeoProblem(words: string): Problem {
  const [, known] = byWords.find(([pattern]) => pattern.test(words)) ?? [];
  const safe = withoutSecrets(words);
  const value = safe.length > longestReason ? `${safe.slice(0, longestReason)}…` : safe;
  return { ...(known ?? failed), severity: 'error', value };
}

/**
 * Words without what stands behind the `?` of addresses, users and passwords before their `@`, and logins and tokens of
 * headers: signatures of a registry's storage and the state of uploads are secrets for as long as they are valid. A quote
 * that is escaped (`\"`) ends an address.
 */
export function withoutSecrets(words: string): string {
  return words
    .replace(
      /\b(https?:\/\/)(?:[^\s"\\/@]*@)?([^\s"\\?]*)(\?[^\s"\\]*)?/gi,
      (_, scheme: string, address: string, query?: string) => `${scheme}${address}${query === undefined ? '' : '?…'}`,
    )
    .replace(/\b(basic|bearer)\s+[\w.~+/-]{8,}=*/gi, '$1 …');
}
