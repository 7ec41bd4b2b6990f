import type { Problem } from '../../core/problem.ts';
import { withoutQueries } from './redact.ts';

const longestValue = 500;

interface Cause {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

const rateLimited: Cause = {
  code: 'skopeo/rate-limited',
  message: 'The registry refused for its rate or pull limit (429).',
  hint: 'Run again when the limit allows; what was copied stays.',
};
const noSpace: Cause = {
  code: 'skopeo/no-space',
  message: 'There is no space left.',
  hint: 'Make room at the destination (or in the folder for temporary files).',
};
const unauthorized: Cause = {
  code: 'skopeo/unauthorized',
  message: 'The registry wants other credentials (401).',
  hint: 'Log in with `skopeo login REGISTRY`.',
};
const denied: Cause = {
  code: 'skopeo/denied',
  message: 'The registry denied access (403).',
  hint: 'Check what the credentials in use may do.',
};
const notFound: Cause = {
  code: 'skopeo/not-found',
  message: 'The source does not have the manifest or one of its blobs.',
};
const refused: Cause = {
  code: 'skopeo/refused',
  message: 'A registry does not take what it was asked for.',
  hint: 'Check that the destination may be written to, and takes manifests of this type.',
};
const server: Cause = {
  code: 'skopeo/server',
  message: 'A registry failed, which a full disk may be the reason of.',
  hint: 'Run again; what was copied stays.',
};
const destinationBlob: Cause = {
  code: 'skopeo/destination-blob',
  message: 'The destination fails when it is asked whether it has a blob.',
  hint: 'Run again; where it stays so, its storage may be damaged (docs/sources.md, "A destination that was killed").',
};
const digestMismatch: Cause = {
  code: 'skopeo/digest-mismatch',
  message: 'What the source sent does not have the digest that was asked for.',
};
const tls: Cause = {
  code: 'skopeo/tls',
  message: 'The TLS connection to a registry failed.',
  hint: 'For a registry without TLS say `insecure: true`.',
};
const policy: Cause = {
  code: 'skopeo/policy',
  message: 'skopeo has no trust policy.',
  hint: 'See containers-policy.json(5); Debian puts one at /etc/containers/policy.json.',
};
const network: Cause = {
  code: 'skopeo/network',
  message: 'The connection to a registry failed.',
  hint: 'Run again; what was copied stays.',
};
const unknown: Cause = { code: 'skopeo/failed', message: 'skopeo could not copy.' };

/**
 * What skopeo's messages tell apart; the first that matches counts. Each was seen with skopeo 1.9.3 (test/apply/skopeo);
 * the words of a registry's error code stand where there is one, else the status (containers/image, docker/errors.go).
 */
const byWords: readonly (readonly [RegExp, Cause])[] = [
  [/toomanyrequests|too many requests/i, rateLimited],
  [/does not match provided manifest digest|digest did not match/i, digestMismatch],
  [/no space left on device|disk quota exceeded|insufficient storage/i, noSpace],
  [/x509: |tls: |server gave HTTP response to HTTPS client/i, tls],
  [/policy\.json|no policy/i, policy],
  [/manifest unknown|name unknown|blob unknown|repository name not known/i, notFound],
  [/at destination: failed to read from destination repository .*5\d\d \(/i, destinationBlob],
  [/\bunauthorized\b|authentication required|invalid username\/password/i, unauthorized],
  [/\bdenied\b/i, denied],
  [/manifest invalid|manifest blob unknown|\bunsupported\b/i, refused],
];
const byStatus: Readonly<Record<string, Cause>> = {
  401: unauthorized,
  403: denied,
  404: notFound,
  429: rateLimited,
  507: noSpace,
};
const status =
  /(?:StatusCode: |status code from registry |unexpected HTTP status: |fetching blob |destination repository \S+ )([45]\d\d)\b/i;
const connection =
  /connection (?:refused|reset)|\bEOF\b|timeout|deadline exceeded|no such host|broken pipe|(?:network|host) is unreachable|no route to host|server misbehaving/i;

/** Turns a failure message of skopeo into a problem; one that is not known keeps skopeo's own words. */
export function skopeoProblem(text: string): Problem {
  const { code, message, hint } = causeOf(withoutNames(text));
  const value = withoutQueries(text)
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, longestValue);
  return { code, severity: 'error', message, value, ...(hint === undefined ? {} : { hint }) };
}

function causeOf(text: string): Cause {
  const [, cause] = byWords.find(([pattern]) => pattern.test(text)) ?? [];
  return cause ?? causeOfStatus(text) ?? (connection.test(text) ? network : unknown);
}

function causeOfStatus(text: string): Cause | undefined {
  const [, number] = status.exec(text) ?? [];
  if (number === undefined) return undefined;
  return byStatus[number] ?? (number.startsWith('5') ? server : refused);
}

/** The message without the addresses in it, whose names may be words that mean a cause. */
function withoutNames(text: string): string {
  return text.replace(
    /\b(?:docker|https?):\/\/[^\s"]+|\b(in|to|registry) \S*[.:/]\S*/g,
    (_, word?: string) => word ?? '',
  );
}
